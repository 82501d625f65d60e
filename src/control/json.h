// Values of api.h to JSON and back. What a struct looks like is said once, by its fields() in schema.h and params.h,
// and Encoder and Decoder walk over it: the two ends cannot disagree.
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/quantity.h"
#include "control/api.h"

namespace aoekit::control {

using Json = nlohmann::ordered_json;

template <class T, class U>
concept Like = std::same_as<std::remove_const_t<T>, U>;

// Specialised for each enum class of the protocol: kAll[i] is the word for value i.
template <class E>
struct Words;

// Bytes as text that can be read (printable ASCII, backslash doubled, else \xNN), and as hex digits.
std::string readable(std::string_view bytes);
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

// One line, without the newline; bytes that are not UTF-8 become U+FFFD.
std::string to_line(const Json& json);

class Encoder;
template <class T>
Json encode(const T& value);

Json encode_value(Duration value);  // seconds
Json encode_value(const target::LatencyHistogram& value);

template <class T>
Json encode_value(const T& value) {
  if constexpr (std::same_as<T, Json> || std::same_as<T, std::string> || std::is_arithmetic_v<T>) {
    return value;
  } else if constexpr (std::is_enum_v<T>) {
    return Words<T>::kAll.at(static_cast<std::size_t>(value));
  } else if constexpr (requires { value.to_string(); value <=> value; }) {
    return value.to_string();  // AoeAddress, MacAddress
  } else if constexpr (std::same_as<T, Sectors>) {
    return value.count;
  } else {
    return encode(value);
  }
}
template <class T>
Json encode_value(const std::optional<T>& value) {
  return value ? encode_value(*value) : Json(nullptr);
}
template <class T>
Json encode_value(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(encode_value(value));
  return list;
}

class Encoder {
 public:
  template <class T>
  void operator()(const char* name, const T& value) {
    object_[name] = encode_value(value);
  }
  // A field that may be missing.
  template <class T>
  void maybe(const char* name, const T& value) {
    object_[name] = encode_value(value);
  }
  // Arbitrary bytes: NAME for people, NAME_hex for programs.
  void bytes(const char* name, const std::string& value) {
    object_[name] = readable(value);
    object_[std::string(name) + "_hex"] = to_hex(value);
  }
  // Sectors as bytes, for people.
  void in_bytes(const char* name, Sectors value) { object_[name] = value.bytes(); }
  void in_bytes(const char* name, const std::optional<Sectors>& value) {
    object_[name] = value ? Json(value->bytes()) : Json(nullptr);
  }
  // A time with its unit, as in the configuration files: "60s".
  void in_words(const char* name, Duration value) { object_[name] = config::format_duration(value); }
  // A list of stations, where the empty one would read like nobody: ["*"].
  void or_everybody(const char* name, const std::vector<wire::MacAddress>& value) {
    object_[name] = value.empty() ? Json::array({"*"}) : encode_value(value);
  }
  Json take() { return std::move(object_); }

 private:
  Json object_ = Json::object();
};

template <class T>
Json encode(const T& value) {
  Encoder encoder;
  fields(encoder, value);
  return encoder.take();
}

// What a field that is not known means: refused in requests (a misspelt "force" must not be overlooked), ignored in
// answers (a newer daemon may say more).
enum class Unknown : std::uint8_t { refused, ignored };

// Each reads `json` into `out`, or returns what is wrong, as a sentence that begins with what was expected.
using Problem = std::optional<std::string>;
Problem read_value(const Json& json, Unknown unknown, std::string& out);
Problem read_value(const Json& json, Unknown unknown, bool& out);
Problem read_value(const Json& json, Unknown unknown, std::int64_t& out);
Problem read_value(const Json& json, Unknown unknown, Duration& out);
Problem read_value(const Json& json, Unknown unknown, Sectors& out);
Problem read_value(const Json& json, Unknown unknown, Json& out);  // any object
Problem read_value(const Json& json, Unknown unknown, wire::AoeAddress& out);
Problem read_value(const Json& json, Unknown unknown, wire::MacAddress& out);
Problem read_value(const Json& json, Unknown unknown, target::LatencyHistogram& out);
Problem read_number(const Json& json, std::uint64_t max, std::uint64_t& out);
Problem read_bytes(const Json& json, std::string& out);

class Decoder {
 public:
  Decoder(const Json& object, Unknown unknown) : object_(object), unknown_(unknown) {
    if (!object.is_object()) problem_ = "expected an object";
  }
  template <class T>
  void operator()(const char* name, T& value) {
    if (const Json* field = find(name)) {
      read(name, *field, value);
    } else if (!problem_) {
      problem_ = std::string(name) + " is missing";
    }
  }
  template <class T>
  void maybe(const char* name, T& value) {
    if (const Json* field = find(name)) read(name, *field, value);
  }
  void bytes(const char* name, std::string& value);
  void in_bytes(const char* name, Sectors& value);
  void in_bytes(const char* name, std::optional<Sectors>& value);
  void in_words(const char* name, Duration& value);
  void or_everybody(const char* name, std::vector<wire::MacAddress>& value);
  // The first thing that is wrong; also a field that is not known, where that is refused.
  Problem finish();

 private:
  const Json* find(const std::string& name);
  template <class T>
  void read(const char* name, const Json& field, T& value);
  void keep(const char* name, Problem problem);

  const Json& object_;
  const Unknown unknown_;
  std::vector<std::string> known_ = {};
  Problem problem_ = std::nullopt;
};

template <class T>
Problem read_value(const Json& json, Unknown unknown, T& out) {
  if constexpr (std::is_unsigned_v<T>) {
    std::uint64_t number = 0;
    Problem problem = read_number(json, std::numeric_limits<T>::max(), number);
    out = static_cast<T>(number);
    return problem;
  } else if constexpr (std::is_enum_v<T>) {
    const std::string word = json.is_string() ? json.template get<std::string>() : "";
    const auto found = std::find(Words<T>::kAll.begin(), Words<T>::kAll.end(), word);
    if (found == Words<T>::kAll.end()) {
      std::string expected = "expected one of";
      for (const char* each : Words<T>::kAll) expected += std::string(" ") + each;
      return expected;
    }
    out = static_cast<T>(found - Words<T>::kAll.begin());
    return std::nullopt;
  } else {
    Decoder decoder(json, unknown);
    fields(decoder, out);
    return decoder.finish();
  }
}
template <class T>
Problem read_value(const Json& json, Unknown unknown, std::optional<T>& out) {
  out.reset();
  return json.is_null() ? std::nullopt : read_value(json, unknown, out.emplace());
}
template <class T>
Problem read_value(const Json& json, Unknown unknown, std::vector<T>& out) {
  if (!json.is_array()) return "expected a list";
  out.clear();
  for (const Json& entry : json) {
    if (Problem problem = read_value(entry, unknown, out.emplace_back())) {
      return "entry " + std::to_string(out.size()) + ": " + *problem;
    }
  }
  return std::nullopt;
}

template <class T>
void Decoder::read(const char* name, const Json& field, T& value) {
  if (!problem_) keep(name, read_value(field, unknown_, value));
}

// A Refusal (invalid) names the field.
template <class T>
Answer<T> decode(const Json& json, Unknown unknown) {
  T value{};
  if (Problem problem = read_value(json, unknown, value)) return refuse(Code::invalid, "{}", *problem);
  return value;
}

}  // namespace aoekit::control
