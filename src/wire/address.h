// Where an export lives: shelf ("major") and slot ("minor"), and the wildcards that requests may carry.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/constants.h"

namespace aoekit::wire {

struct AoeAddress {
  std::uint16_t shelf = 0;
  std::uint8_t slot = 0;

  // "e1.2" or "1.2". The values 65535 and 255 are accepted (they are the wildcards): see is_valid_target().
  static Result<AoeAddress> parse(std::string_view text);

  // Whether a target may have this address: neither part is its wildcard.
  bool is_valid_target() const { return shelf != kShelfBroadcast && slot != kSlotBroadcast; }
  // Whether a request sent to *this (wildcards allowed, each on its own) is meant for `target`.
  bool addresses(AoeAddress target) const {
    return (shelf == kShelfBroadcast || shelf == target.shelf) && (slot == kSlotBroadcast || slot == target.slot);
  }
  std::string to_string() const;  // "e1.2"
  auto operator<=>(const AoeAddress&) const = default;
};

inline constexpr AoeAddress kEverybody{kShelfBroadcast, kSlotBroadcast};

}  // namespace aoekit::wire
