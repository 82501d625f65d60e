// Problems as text.
#include "config/problem.h"

#include <algorithm>

namespace aoekit::config {

std::string Problem::to_string() const {
  std::string text = place.to_string();
  if (!text.empty()) text += ": ";
  if (severity == Severity::warning) text += "warning: ";
  text += message;
  if (!remedy.empty()) text += "; " + remedy;
  return text;
}

bool has_errors(const Problems& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& p) { return p.severity == Severity::error; });
}

std::string to_text(Problems problems) {
  // Files stay in the order in which they were read.
  std::vector<std::string> files;
  for (const Problem& problem : problems) {
    if (std::find(files.begin(), files.end(), problem.place.file) == files.end()) files.push_back(problem.place.file);
  }
  const auto rank = [&](const Problem& problem) {
    return std::find(files.begin(), files.end(), problem.place.file) - files.begin();
  };
  std::stable_sort(problems.begin(), problems.end(), [&](const Problem& a, const Problem& b) {
    return std::pair(rank(a), a.place.line) < std::pair(rank(b), b.place.line);
  });
  std::string text;
  for (const Problem& problem : problems) text += problem.to_string() + "\n";
  return text;
}

std::string summary(const Problems& problems) {
  const auto errors = std::count_if(problems.begin(), problems.end(),
                                    [](const Problem& p) { return p.severity == Severity::error; });
  const auto warnings = static_cast<std::ptrdiff_t>(problems.size()) - errors;
  std::string text = errors == 0 ? "no errors" : fmt::format("{} error{}", errors, errors == 1 ? "" : "s");
  if (warnings > 0) text += fmt::format(", {} warning{}", warnings, warnings == 1 ? "" : "s");
  return text;
}

Error as_error(const Problems& problems) {
  Error error;
  for (const Problem& problem : problems) {
    if (problem.severity != Severity::error) continue;
    if (!error.message.empty()) error.message += "; also: ";
    error.message += problem.to_string();
  }
  return error;
}

}  // namespace aoekit::config
