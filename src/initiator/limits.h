// Every limit and default of the initiator core in one place, with the relations that must hold between them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "wire/constants.h"

namespace aoekit::initiator {

// A tag is the user-space bit, the slot's generation and the slot's number (frame_table.h).
inline constexpr unsigned kTagSlotBits = 12;
inline constexpr unsigned kTagGenerationBits = 31 - kTagSlotBits;
// The Linux driver on the same machine throws away responses whose tag has this bit, so ours always has it.
inline constexpr std::uint32_t kTagUserSpace = 0x80000000;

inline constexpr std::size_t kFramesMax = std::size_t{1} << kTagSlotBits;
inline constexpr std::size_t kPortsMax = 8;
inline constexpr std::size_t kDevicesMax = 256;

// Chosen once, when the core is made; all memory follows from it.
struct InitiatorLimits {
  std::size_t requests = 64;  // submitted and not yet drained as completions
  std::size_t frames = 128;   // sent and not yet answered, over all devices; at most kFramesMax
  std::uint32_t sectors_per_frame_max = wire::kSectorsPerFrameMax;  // sizes each frame's memory
};

// How long to wait for an answer before the same frame is sent again.
struct RetransmitOptions {
  Duration rto_initial = std::chrono::milliseconds(250);  // before the first round trip was measured
  Duration rto_min = std::chrono::milliseconds(20);       // disks pause: below this, copies cost more than they win
  Duration rto_max = std::chrono::seconds(8);             // the back-off's end
  Duration rto_flush = std::chrono::seconds(2);           // a flush takes as long as the cache is full
  // A frame without an answer for this long fails its request; nothing: try for ever.
  std::optional<Duration> give_up_after = std::chrono::seconds(30);
};

}  // namespace aoekit::initiator
