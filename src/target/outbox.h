// The effects of a core: frames to send and disk operations to start, collected over a batch of events.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bounded_vector.h"
#include "base/bytes.h"
#include "block/block_op.h"
#include "target/limits.h"

namespace aoekit::target {

// Which interface a frame came in by or leaves by; small numbers, given out by TargetCore::add_port.
struct PortId {
  std::uint16_t value = 0;
  auto operator<=>(const PortId&) const = default;
};
// No port: of a request whose port was removed.
inline constexpr PortId kNoPort{UINT16_MAX};

// Which export (and so which disk); small numbers, given out by TargetCore::add_export.
struct ExportId {
  std::uint32_t value = 0;
  auto operator<=>(const ExportId&) const = default;
};
inline constexpr ExportId kNoExport{UINT32_MAX};

// A whole frame in the core's memory, but for its data where a disk has lent them; `buffer` is the core's own mark.
struct TxFrame {
  PortId port;
  ByteView bytes;
  std::uint32_t buffer = 0;
  ByteView data = {};  // with ReadLoans::accepted: follows `bytes`, for system calls only (BlockCompletion::lent)
};

struct ExportOp {
  ExportId device;
  block::BlockOp op;
};

// A command's change that must be stored before it happens: see TargetCore::state_to_store().
struct StateWrite {
  ExportId device;
  std::uint32_t cookie = 0;
};

// Caller-owned and reused. Frames stay valid until TargetCore::recycle(outbox); ops' data until their completion; what
// is to be stored until on_state_stored().
struct Outbox {
  explicit Outbox(std::size_t capacity) : frames(capacity), ops(capacity), states(kStateWritesMax) {}
  BoundedVector<TxFrame> frames;
  BoundedVector<ExportOp> ops;
  BoundedVector<StateWrite> states;  // only with Persistence::required
};

}  // namespace aoekit::target
