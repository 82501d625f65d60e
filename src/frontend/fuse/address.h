// Which disk: shelf and slot, with the names that the files have.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aoekit::fuse {

struct Address {
  std::uint16_t shelf = 0;
  std::uint8_t slot = 0;
  auto operator<=>(const Address&) const = default;

  std::string name() const;  // "e1.2"
};

// A file's name taken apart: partition 0 is the whole disk.
struct FileName {
  Address address;
  unsigned partition = 0;
  bool operator==(const FileName&) const = default;
};

// "e1.2" or "e1.2p3", written as name() writes it: no leading zeros, no wildcards. Nothing if it is something else.
std::optional<FileName> parse_file_name(std::string_view text);

// A whole number in decimal, at most `max`, without sign or spaces. Takes it off the front of `text`.
std::optional<unsigned> take_number(std::string_view& text, unsigned max);

}  // namespace aoekit::fuse
