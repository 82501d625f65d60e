// Ethernet station addresses.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace aoekit::wire {

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  // The first six bytes of `from`; REQUIRES from.size() >= 6.
  static MacAddress from_bytes(ByteView from);
  // "00:11:22:aa:bb:cc", with '-' for ':' or no separators at all; upper or lower case.
  static Result<MacAddress> parse(std::string_view text);

  bool is_broadcast() const;
  bool is_multicast() const { return (bytes[0] & 1) != 0; }
  std::string to_string() const;  // "00:11:22:aa:bb:cc"
  // 48 bits that are another number for another address, to hash: not in the order of <=>.
  std::uint64_t number() const {
    const auto parts = std::bit_cast<std::array<std::uint16_t, 3>>(bytes);
    return parts[0] | std::uint64_t{parts[1]} << 16 | std::uint64_t{parts[2]} << 32;
  }
  auto operator<=>(const MacAddress&) const = default;
  bool operator==(const MacAddress& other) const { return number() == other.number(); }  // no call of memcmp
};

inline constexpr MacAddress kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

}  // namespace aoekit::wire
