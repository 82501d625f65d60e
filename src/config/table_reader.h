// Typed access to one TOML table: notes what is wrong with a value, which keys are known, and so which are not.
#pragma once

#include <fmt/core.h>
#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"

namespace aoekit::config {

// A string and where it stands.
struct Word {
  std::string text;
  Place place;
};

// One of the words that a key may have, and what it stands for as a number.
template <class E>
struct Choice {
  std::string_view name;
  E value;
};

// A whole number's limits, and how the messages call the unit.
struct Range {
  std::uint64_t min = 0;
  std::uint64_t max = 0;
};

class TableReader {
 public:
  // `name` is what messages call the table, e.g. "[defaults]"; "" for a file's top. `table` and `problems` must outlive
  // this. Without `file` the places are empty: what came over the control socket.
  TableReader(const toml::table& table, std::string name, std::string file, Problems& problems)
      : table_(&table), name_(std::move(name)), file_(std::move(file)), problems_(&problems) {}

  // All of these: nothing where the key is absent, and nothing and a problem where its value is wrong.
  std::optional<std::string> text(std::string_view key);
  std::optional<bool> flag(std::string_view key);
  std::optional<std::uint64_t> number(std::string_view key, Range range);
  std::optional<std::uint64_t> bytes(std::string_view key);
  std::optional<Duration> duration(std::string_view key, Duration max);
  // A string, or an array of strings.
  std::optional<std::vector<Word>> words(std::string_view key);
  // `example` shows how to write it.
  std::optional<TableReader> table(std::string_view key, std::string_view example);
  template <class E>
  std::optional<E> choice(std::string_view key, std::span<const Choice<E>> choices) {
    std::vector<std::string> names;
    for (const Choice<E>& one : choices) names.emplace_back(one.name);
    const auto at = index_of(key, names);
    return at ? std::optional<E>(choices[*at].value) : std::nullopt;
  }

  // Marks the key as known. Null where it is absent.
  const toml::node* find(std::string_view key);
  bool has(std::string_view key) const { return table_->contains(key); }
  // A key that is known, but is not for this table.
  void misplaced(std::string_view key, std::string remedy);
  // Says that the other keys are unknown. REQUIRES that all known ones were asked for.
  void finish();

  void error(std::string_view key, std::string message, std::string remedy);
  void warning(std::string_view key, std::string message, std::string remedy);
  void error_at(Place place, std::string message, std::string remedy);
  void warning_at(Place place, std::string message, std::string remedy);
  Place place() const;                          // of the table
  Place place(std::string_view key) const;      // of the key; of the table where it is absent
  // "buffers of [defaults]"
  std::string called(std::string_view key) const;
  const std::string& name() const { return name_; }
  const std::string& file() const { return file_; }
  const toml::table& raw() const { return *table_; }

 private:
  Place at(const toml::source_region& source) const;
  std::optional<std::size_t> index_of(std::string_view key, const std::vector<std::string>& names);
  void wrong_type(std::string_view key, const toml::node& node, std::string_view expected);

  const toml::table* table_;
  std::string name_;
  std::string file_;
  Problems* problems_;
  std::vector<std::string_view> known_;
};

}  // namespace aoekit::config
