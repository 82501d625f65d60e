// Values of TOML tables, with messages.
#include "config/table_reader.h"

#include <algorithm>

#include "base/nearest.h"
#include "config/quantity.h"

namespace aoekit::config {
namespace {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none: return "nothing";
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "a number";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return "true or false";
    case toml::node_type::date: return "a date";
    case toml::node_type::time: return "a time of day";
    case toml::node_type::date_time: return "a date and time";
  }
  return "something else";
}

// What other programs, and people, call our keys.
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"filename", "path"}, {"file", "path"}, {"device", "path"}, {"target", "path"}, {"disk", "path"}, {"image", "path"},
    {"shelf", "address"}, {"slot", "address"}, {"major", "address"}, {"minor", "address"}, {"mask", "allow"},
    {"accept", "allow"}, {"reject", "deny"}, {"netif", "interfaces"}, {"size", "length"}, {"direct", "caching"},
    {"direct_io", "caching"}, {"sync", "durability"}, {"writecache", "durability"}, {"queue_length", "buffers"},
    {"rate", "limit"}, {"iops", "limit"}, {"ro", "read_only"}, {"comment", "description"}, {"verbosity", "log_level"},
};

}  // namespace

Place TableReader::at(const toml::source_region& source) const {
  return file_.empty() ? Place{} : Place{file_, static_cast<std::uint32_t>(source.begin.line)};
}

Place TableReader::place() const { return at(table_->source()); }

Place TableReader::place(std::string_view key) const {
  const auto found = table_->find(key);
  return found == table_->end() ? place() : at(found->first.source());
}

std::string TableReader::called(std::string_view key) const {
  return name_.empty() ? std::string(key) : fmt::format("{}: {}", name_, key);
}

const toml::node* TableReader::find(std::string_view key) {
  known_.push_back(key);
  return table_->get(key);
}

void TableReader::error_at(Place where, std::string message, std::string remedy) {
  problems_->push_back({Severity::error, std::move(where), std::move(message), std::move(remedy)});
}

void TableReader::warning_at(Place where, std::string message, std::string remedy) {
  problems_->push_back({Severity::warning, std::move(where), std::move(message), std::move(remedy)});
}

void TableReader::error(std::string_view key, std::string message, std::string remedy) {
  error_at(place(key), fmt::format("{} {}", called(key), message), std::move(remedy));
}

void TableReader::warning(std::string_view key, std::string message, std::string remedy) {
  warning_at(place(key), fmt::format("{} {}", called(key), message), std::move(remedy));
}

void TableReader::wrong_type(std::string_view key, const toml::node& node, std::string_view expected) {
  error(key, fmt::format("is {}", type_name(node)), fmt::format("write {}", expected));
}

std::optional<std::string> TableReader::text(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_string();
  if (value == nullptr) {
    wrong_type(key, *node, fmt::format("a string: {} = \"...\"", key));
    return std::nullopt;
  }
  return value->get();
}

std::optional<bool> TableReader::flag(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_boolean();
  if (value == nullptr) {
    wrong_type(key, *node, "true or false, without quotes");
    return std::nullopt;
  }
  return value->get();
}

std::optional<std::uint64_t> TableReader::number(std::string_view key, Range range) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto remedy = range.max == INT64_MAX ? fmt::format("a number from {} on", range.min)
                                             : fmt::format("a number from {} to {}", range.min, range.max);
  const auto* value = node->as_integer();
  if (value == nullptr) {
    wrong_type(key, *node, remedy + ", without quotes");
    return std::nullopt;
  }
  if (value->get() < 0 || static_cast<std::uint64_t>(value->get()) < range.min ||
      static_cast<std::uint64_t>(value->get()) > range.max) {
    error(key, fmt::format("is {}", value->get()), "write " + remedy);
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(value->get());
}

std::optional<std::uint64_t> TableReader::bytes(std::string_view key) {
  constexpr std::string_view kExpected = "bytes, or a string with a unit: \"10GiB\", \"1MiB\", \"2048s\" (sectors)";
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_integer()) {
    if (value->get() >= 0) return static_cast<std::uint64_t>(value->get());
    error(key, fmt::format("is {}", value->get()), fmt::format("write {}", kExpected));
    return std::nullopt;
  }
  const auto* value = node->as_string();
  if (value == nullptr) {
    wrong_type(key, *node, kExpected);
    return std::nullopt;
  }
  const auto parsed = parse_bytes(value->get());
  if (parsed) return *parsed;
  error(key, fmt::format("is no size: {}", parsed.error().message), fmt::format("write {}", kExpected));
  return std::nullopt;
}

std::optional<Duration> TableReader::duration(std::string_view key, Duration max) {
  constexpr std::string_view kExpected = "a string with a unit: ns, us, ms, s, min, h or d, like \"30s\"";
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_string();
  if (value == nullptr) {
    wrong_type(key, *node, kExpected);
    return std::nullopt;
  }
  const auto parsed = parse_duration(value->get());
  if (!parsed) {
    error(key, fmt::format("is no time: {}", parsed.error().message), fmt::format("write {}", kExpected));
    return std::nullopt;
  }
  if (*parsed > max) {
    error(key, fmt::format("is {}", value->get()), fmt::format("write at most \"{}\"", format_duration(max)));
    return std::nullopt;
  }
  return *parsed;
}

std::optional<std::vector<Word>> TableReader::words(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* one = node->as_string()) return std::vector<Word>{{one->get(), at(one->source())}};
  const auto* array = node->as_array();
  if (array == nullptr) {
    wrong_type(key, *node, fmt::format("strings in brackets: {} = [\"...\", \"...\"]", key));
    return std::nullopt;
  }
  std::vector<Word> words;
  bool good = true;
  for (const toml::node& element : *array) {
    if (const auto* word = element.as_string()) {
      words.push_back({word->get(), at(word->source())});
      continue;
    }
    good = false;
    error_at(at(element.source()), fmt::format("{} has {} in its list", called(key), type_name(element)),
             "write strings, in quotes");
  }
  return good ? std::optional(std::move(words)) : std::nullopt;
}

std::optional<TableReader> TableReader::table(std::string_view key, std::string_view example) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_table();
  if (value == nullptr) {
    wrong_type(key, *node, fmt::format("a table: {}", example));
    return std::nullopt;
  }
  const std::string inner = name_.empty() ? fmt::format("[{}]", key) : fmt::format("{}: {}", name_, key);
  return TableReader(*value, inner, file_, *problems_);
}

std::optional<std::size_t> TableReader::index_of(std::string_view key, const std::vector<std::string>& names) {
  const auto value = text(key);
  if (!value) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), *value);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string all;
  for (const std::string& name : names) {
    if (!all.empty()) all += name == names.back() ? " or " : ", ";
    all += fmt::format("\"{}\"", name);
  }
  error(key, fmt::format("is '{}'", *value), fmt::format("write {}", all));
  return std::nullopt;
}

void TableReader::misplaced(std::string_view key, std::string remedy) {
  if (find(key) == nullptr) return;
  error_at(place(key), fmt::format("{} is not for {}", key, name_.empty() ? "this file" : name_),
           std::move(remedy));
}

void TableReader::finish() {
  std::vector<std::string> names;
  for (const auto& [key, node] : *table_) {
    const std::string_view typed = key.str();
    if (std::find(known_.begin(), known_.end(), typed) != known_.end()) continue;
    if (names.empty()) names.assign(known_.begin(), known_.end());
    std::string underscored(typed);
    std::replace(underscored.begin(), underscored.end(), '-', '_');
    const auto* other = std::find_if(std::begin(kOtherNames), std::end(kOtherNames),
                                     [&](const auto& pair) { return pair.first == underscored; });
    const bool renamed = other != std::end(kOtherNames) &&
                         std::find(known_.begin(), known_.end(), other->second) != known_.end();
    const std::string meant = renamed ? std::string(other->second) : nearest(typed, names);
    error_at(at(key.source()),
             fmt::format("{} has no key '{}'", name_.empty() ? "the top of the file" : name_, typed),
             meant.empty() ? "see aoed.toml(5) for all keys" : fmt::format("did you mean '{}'?", meant));
  }
}

}  // namespace aoekit::config
