// Numbers that people type.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aoekit::aoetools {

// All of `text` as a decimal number of at most `max`; nothing otherwise.
inline std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

}  // namespace aoekit::aoetools
