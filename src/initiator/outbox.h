// The effects of the initiator core: frames to send, collected over a batch of events.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "base/bounded_vector.h"
#include "base/bytes.h"

namespace aoekit::initiator {

// Which interface a frame came in by or leaves by; small numbers, given out by InitiatorCore::add_port.
struct PortId {
  std::uint16_t value = 0;
  auto operator<=>(const PortId&) const = default;
};

// A whole frame in the core's memory; `slot` is the core's own mark.
struct TxFrame {
  PortId port;
  ByteView bytes;
  std::uint16_t slot = 0;
};

// Caller-owned and reused. Frames stay valid until InitiatorCore::recycle(outbox).
// REQUIRES a capacity of InitiatorCore::outbox_capacity() at least: each frame is in it once at most.
struct Outbox {
  explicit Outbox(std::size_t capacity) : frames(capacity) {}
  BoundedVector<TxFrame> frames;
};

}  // namespace aoekit::initiator
