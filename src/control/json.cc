// The plain values: text, numbers, times, addresses, bytes.
#include "control/json.h"

#include <fmt/core.h>

#include <cmath>

namespace aoekit::control {
namespace {

constexpr double kSecondsMax = 1e9;  // thirty years: further than any of these times goes

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <class Address>
Problem read_address(const Json& json, Address& out, const char* expected) {
  if (!json.is_string()) return expected;
  const auto address = Address::parse(json.get<std::string>());
  if (!address) return address.error().message;
  out = *address;
  return std::nullopt;
}

}  // namespace

std::string readable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c == '\\') {
      text += "\\\\";
    } else if (c >= 0x20 && c < 0x7f) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string to_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json encode_value(Duration value) { return std::chrono::duration<double>(value).count(); }

// Without the empty buckets at the end, which most histograms have many of.
Json encode_value(const target::LatencyHistogram& value) {
  std::size_t used = value.counts.size();
  while (used > 0 && value.counts[used - 1] == 0) --used;
  Json counts = Json::array();
  for (std::size_t i = 0; i < used; ++i) counts.push_back(value.counts[i]);
  return {{"counts", std::move(counts)}, {"sum_ns", value.sum_ns}};
}

Problem read_value(const Json& json, Unknown, std::string& out) {
  if (!json.is_string()) return "expected text";
  out = json.get<std::string>();
  return std::nullopt;
}

Problem read_value(const Json& json, Unknown, bool& out) {
  if (!json.is_boolean()) return "expected true or false";
  out = json.get<bool>();
  return std::nullopt;
}

Problem read_number(const Json& json, std::uint64_t max, std::uint64_t& out) {
  const bool whole = json.is_number_unsigned() || (json.is_number_integer() && json.get<std::int64_t>() >= 0);
  if (!whole || json.get<std::uint64_t>() > max) return fmt::format("expected a whole number from 0 to {}", max);
  out = json.get<std::uint64_t>();
  return std::nullopt;
}

Problem read_value(const Json& json, Unknown, std::int64_t& out) {
  std::uint64_t number = 0;
  Problem problem = read_number(json, std::numeric_limits<std::int64_t>::max(), number);
  out = static_cast<std::int64_t>(number);
  return problem;
}

Problem read_value(const Json& json, Unknown, Duration& out) {
  const double seconds = json.is_number() ? json.get<double>() : -1;
  if (!(seconds >= 0 && seconds <= kSecondsMax)) return fmt::format("expected seconds from 0 to {:.0f}", kSecondsMax);
  out = Duration(std::llround(seconds * 1e9));
  return std::nullopt;
}

Problem read_value(const Json& json, Unknown, Sectors& out) {
  return read_number(json, std::numeric_limits<std::uint64_t>::max() / kSectorBytes, out.count);
}

Problem read_value(const Json& json, Unknown, Json& out) {
  if (!json.is_object()) return "expected an object";
  out = json;
  return std::nullopt;
}

Problem read_value(const Json& json, Unknown, wire::AoeAddress& out) {
  return read_address(json, out, "expected an address like \"e1.2\"");
}

Problem read_value(const Json& json, Unknown, wire::MacAddress& out) {
  return read_address(json, out, "expected a MAC address like \"02:00:00:00:00:01\"");
}

Problem read_value(const Json& json, Unknown, target::LatencyHistogram& out) {
  out = {};
  const auto counts = json.is_object() ? json.find("counts") : json.end();
  const auto sum = json.is_object() ? json.find("sum_ns") : json.end();
  if (counts == json.end() || sum == json.end() || !counts->is_array()) return "expected counts and sum_ns";
  if (counts->size() > out.counts.size()) return fmt::format("expected at most {} counts", out.counts.size());
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = 0; i < counts->size(); ++i) {
    if (Problem problem = read_number((*counts)[i], kMax, out.counts[i])) return problem;
  }
  return read_number(*sum, kMax, out.sum_ns);
}

Problem read_bytes(const Json& json, std::string& out) {
  const auto bytes = json.is_string() ? from_hex(json.get<std::string>()) : std::nullopt;
  if (!bytes) return "expected pairs of hex digits";
  out = *bytes;
  return std::nullopt;
}

void Decoder::bytes(const char* name, std::string& value) {
  known_.emplace_back(name);
  const std::string hex_name = std::string(name) + "_hex";
  const Json* field = find(hex_name);
  if (problem_) return;
  keep(hex_name.c_str(), field != nullptr ? read_bytes(*field, value) : Problem("is missing"));
}

void Decoder::in_bytes(const char* name, Sectors& value) {
  std::uint64_t bytes = 0;
  (*this)(name, bytes);
  if (!problem_ && bytes % kSectorBytes != 0) keep(name, "expected whole sectors of 512 bytes");
  value = {bytes / kSectorBytes};
}

void Decoder::in_bytes(const char* name, std::optional<Sectors>& value) {
  const auto found = object_.find(name);
  value.reset();
  if (found != object_.end() && found->is_null()) {
    known_.emplace_back(name);
  } else {
    in_bytes(name, value.emplace());
  }
}

void Decoder::in_words(const char* name, Duration& value) {
  std::string text;
  (*this)(name, text);
  if (problem_) return;
  const auto duration = config::parse_duration(text);
  if (!duration) return keep(name, duration.error().message);
  value = *duration;
}

void Decoder::or_everybody(const char* name, std::vector<wire::MacAddress>& value) {
  const auto found = object_.find(name);
  value.clear();
  if (found != object_.end() && *found == Json::array({"*"})) {
    known_.emplace_back(name);
  } else {
    (*this)(name, value);
  }
}

Problem Decoder::finish() {
  if (problem_ || unknown_ == Unknown::ignored) return problem_;
  for (const auto& [name, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    std::string text = fmt::format("there is no field '{}'", readable(name.substr(0, 64)));
    if (known_.empty()) return text + " (expected none)";
    text += " (expected";
    for (const std::string& known : known_) text += " " + known;
    return text + ")";
  }
  return std::nullopt;
}

const Json* Decoder::find(const std::string& name) {
  known_.push_back(name);
  if (problem_) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

void Decoder::keep(const char* name, Problem problem) {
  if (problem) problem_ = std::string(name) + ": " + *problem;
}

}  // namespace aoekit::control
