// Edit distance between words.
#include "base/nearest.h"

#include <algorithm>
#include <numeric>

namespace aoekit {
namespace {

// Edits (insert, delete, replace) between two words.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& words) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(typed.size() / 2, 1) + 1;
  for (const std::string& word : words) {
    const bool begins = typed.size() >= 2 && word.starts_with(typed);
    const std::size_t edits = begins ? 0 : distance(typed, word);
    if (edits < best_distance) {
      best = word;
      best_distance = edits;
    }
  }
  return best;
}

}  // namespace aoekit
