// Throwing the dice, in a fixed order for every frame.
#include "chaos/fault_dice.h"

#include <algorithm>

#include "base/cursor.h"
#include "chaos/draw.h"
#include "wire/constants.h"

namespace aoekit::chaos {
namespace {

constexpr std::size_t kAddressesBytes = 12;
constexpr std::size_t kVlanTagBytes = 4;
constexpr std::uint16_t kVlanTagType = 0x8100;

// What is behind the addresses, and behind a VLAN tag if there is one.
struct Typed {
  std::uint16_t ether_type = 0;
  std::size_t header_bytes = wire::kEthernetHeaderBytes;
};

Typed look_at(ByteView frame) {
  ByteReader reader(frame);
  reader.skip(kAddressesBytes);
  Typed typed{.ether_type = reader.u16_be()};
  if (typed.ether_type == kVlanTagType) {
    reader.skip(2);
    typed.ether_type = reader.u16_be();
    typed.header_bytes += kVlanTagBytes;
  }
  return typed;
}

// All that is random about one frame.
struct Throw {
  explicit Throw(Prng& prng)
      : loss(prng.next()),
        duplicate(prng.next()),
        delay(prng.next()),
        reorder{prng.next(), prng.next()},
        hold{prng.next(), prng.next()},
        corrupt{prng.next(), prng.next()},
        bit{prng.next(), prng.next()} {}

  std::uint64_t loss;
  std::uint64_t duplicate;
  std::uint64_t delay;
  // For the frame and its copy.
  std::array<std::uint64_t, 2> reorder;
  std::array<std::uint64_t, 2> hold;
  std::array<std::uint64_t, 2> corrupt;
  std::array<std::uint64_t, 2> bit;
};

}  // namespace

FaultDice::FaultDice(const FaultOptions& options, std::uint64_t seed, std::uint64_t cut_seed, Instant start)
    : options_(options), prng_(seed) {
  if (options.cut) cut_.emplace(*options.cut, cut_seed, start);
}

bool FaultDice::silent_at(Instant now) {
  const bool by_schedule = cut_ && cut_->silent_at(now);
  return by_schedule || cut_by_hand_;
}

Instant FaultDice::leaves_wire(std::size_t frame_bytes, Instant now) {
  if (options_.bits_per_second == 0) return now;
  constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
  const std::uint64_t occupied_ns = frame_bytes * 8 * kNanosecondsPerSecond / options_.bits_per_second;
  wire_free_at_ = std::max(wire_free_at_, now) + Duration(static_cast<Duration::rep>(occupied_ns));
  return wire_free_at_;
}

Fate FaultDice::decide(ByteView frame, Instant now) {
  Fate fate;
  const Typed typed = look_at(frame);
  if (options_.afflicted == Afflicted::aoe_only && typed.ether_type != wire::kEtherType) {
    fate.deliveries[fate.copies++].at = now;
    return fate;
  }
  const Throw dice(prng_);
  if (silent_at(now)) {
    fate.kind = Fate::Kind::cut;
  } else if (options_.payload_bytes_max > 0 && frame.size() > typed.header_bytes + options_.payload_bytes_max) {
    fate.kind = Fate::Kind::too_long;
  } else if (happens(options_.loss, dice.loss)) {
    fate.kind = Fate::Kind::lost;
  }
  if (fate.kind != Fate::Kind::delivered) return fate;

  fate.copies = happens(options_.duplicate, dice.duplicate) ? 2 : 1;
  const Instant in_order = std::max(leaves_wire(frame.size(), now) + draw(options_.delay, dice.delay), last_in_order_);
  for (std::size_t i = 0; i < fate.copies; ++i) {
    Delivery& delivery = fate.deliveries[i];
    delivery.at = in_order;
    if (happens(options_.reorder, dice.reorder[i])) {
      fate.held_back = true;
      delivery.at += draw({Duration(1), std::max(Duration(1), options_.reorder_hold)}, dice.hold[i]);
    } else {
      last_in_order_ = in_order;
    }
    if (happens(options_.corrupt, dice.corrupt[i]) && frame.size() > kAddressesBytes) {
      const std::uint64_t bits = (frame.size() - kAddressesBytes) * 8;
      delivery.flipped_bit = static_cast<std::uint32_t>(kAddressesBytes * 8 + dice.bit[i] % bits);
    }
  }
  return fate;
}

}  // namespace aoekit::chaos
