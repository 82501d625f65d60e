// Parsing and printing of shelf.slot.
#include "wire/address.h"

#include <charconv>

namespace aoekit::wire {
namespace {

// A whole decimal number in [0, max], or -1.
int parse_number(std::string_view text, int max) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-' || value > max) return -1;
  return value;
}

}  // namespace

Result<AoeAddress> AoeAddress::parse(std::string_view text) {
  const std::string_view number = text.starts_with('e') ? text.substr(1) : text;
  const std::size_t dot = number.find('.');
  const auto bad = [&] {
    return fail("'{}' is not an AoE address (expected eSHELF.SLOT, like e1.2, shelf 0-65535, slot 0-255)", text);
  };
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == number.size()) return bad();
  const int shelf = parse_number(number.substr(0, dot), 0xffff);
  const int slot = parse_number(number.substr(dot + 1), 0xff);
  if (shelf < 0 || slot < 0) return bad();
  return AoeAddress{static_cast<std::uint16_t>(shelf), static_cast<std::uint8_t>(slot)};
}

std::string AoeAddress::to_string() const { return fmt::format("e{}.{}", shelf, slot); }

}  // namespace aoekit::wire
