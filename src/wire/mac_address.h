// Ethernet station addresses.
#pragma once

#include <array>
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
  auto operator<=>(const MacAddress&) const = default;
};

inline constexpr MacAddress kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

}  // namespace aoekit::wire
