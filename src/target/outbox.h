// The effects of a core: frames to send and disk operations to start, collected over a batch of events.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bounded_vector.h"
#include "base/bytes.h"
#include "block/block_op.h"

namespace aoekit::target {

// Which interface a frame came in by or leaves by; small numbers, given out by TargetCore::add_port.
struct PortId {
  std::uint16_t value = 0;
  auto operator<=>(const PortId&) const = default;
};

// Which export (and so which disk); small numbers, given out by TargetCore::add_export.
struct ExportId {
  std::uint32_t value = 0;
  auto operator<=>(const ExportId&) const = default;
};

// A whole frame in the core's memory; `buffer` is the core's own mark.
struct TxFrame {
  PortId port;
  ByteView bytes;
  std::uint32_t buffer = 0;
};

struct ExportOp {
  ExportId device;
  block::BlockOp op;
};

// Caller-owned and reused. Frames stay valid until TargetCore::recycle(outbox); ops' data until their completion.
struct Outbox {
  explicit Outbox(std::size_t capacity) : frames(capacity), ops(capacity) {}
  BoundedVector<TxFrame> frames;
  BoundedVector<ExportOp> ops;
};

}  // namespace aoekit::target
