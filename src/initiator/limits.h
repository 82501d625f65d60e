// Every limit and default of the initiator core in one place, with the relations that must hold between them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "wire/constants.h"

namespace aoekit::initiator {

// A tag is the user-space bit, the slot's generation and the slot's number (slot_pool.h).
inline constexpr unsigned kTagSlotBits = 13;
inline constexpr unsigned kTagGenerationBits = 31 - kTagSlotBits;
// The Linux driver on the same machine throws away responses whose tag has this bit, so ours always has it.
inline constexpr std::uint32_t kTagUserSpace = 0x80000000;

inline constexpr std::size_t kFramesMax = 4096;
// Frames that carry no disk data: discovery, IDENTIFY, questions about reservations. Enough for a burst of probes; what
// finds no room waits for its next turn.
inline constexpr std::size_t kControlFrames = 256;
// Of those, the ones that may wait for an answer at a time: a thousand disks answer one broadcast, and must not be
// asked all at once.
inline constexpr std::size_t kQuestionsMax = 64;
static_assert(kFramesMax + kControlFrames <= std::size_t{1} << kTagSlotBits);
static_assert(kQuestionsMax < kControlFrames);

inline constexpr std::size_t kPortsMax = 64;
// Of one device; a frame remembers in a word of bits which of them it was sent over.
inline constexpr std::size_t kPathsMax = 16;
// Events that are kept until they are drained.
inline constexpr std::size_t kEventsMax = 512;
// Ranges under quarantine, over all devices; more are lumped together.
inline constexpr std::size_t kQuarantinesMax = 512;

// What every Ethernet carries: a target that advertises nothing, and a path whose larger frames get lost, get this.
inline constexpr std::uint32_t kSectorsPerFrameSafe = 2;
// TRIM: entries of a block, sectors of an entry (ACS-2, 7.10).
inline constexpr std::uint64_t kTrimEntriesMax = 64;
inline constexpr std::uint64_t kTrimEntrySectorsMax = 65535;
inline constexpr std::uint64_t kTrimSectorsMax = kTrimEntriesMax * kTrimEntrySectorsMax;

// Chosen once, when the core is made; all memory follows from it.
struct InitiatorLimits {
  std::size_t requests = 64;  // submitted and not yet drained as completions, over all devices
  // Sent and not yet answered, over all devices; at most kFramesMax. A device may take another one only while it has
  // fewer than remain free, so one disk alone gets half of them, and silent disks never take them all.
  std::size_t frames = 256;
  std::uint32_t sectors_per_frame_max = wire::kSectorsPerFrameMax;  // sizes each frame's memory
  std::size_t devices = 1024;
};

// How long to wait for an answer before the same frame is sent again.
struct RetransmitOptions {
  Duration rto_initial = std::chrono::milliseconds(250);  // before the first round trip was measured
  Duration rto_min = std::chrono::milliseconds(20);       // disks pause: below this, copies cost more than they win
  Duration rto_max = std::chrono::seconds(8);             // the back-off's end
  Duration rto_flush = std::chrono::seconds(2);           // the same two for flush and trim: they take as long as the
  Duration rto_flush_min = std::chrono::milliseconds(250);  // cache is full
  // How long a copy of a write may still be on its way after another copy was answered, or after it was given up;
  // overlapping writes wait for as long. `one_path`: the disk has only one path, where Ethernet keeps the order, so
  // that a later write cannot overtake the copy. `several_paths`: they know nothing of each other. A write of which a
  // frame had to be cut anew for a smaller path is done that much later.
  Duration copy_lifetime_one_path{0};
  Duration copy_lifetime_several_paths = std::chrono::seconds(1);
};

struct DiscoveryOptions {
  Duration interval = std::chrono::seconds(60);       // everybody is asked this often, as the Linux driver does
  Duration probe_interval = std::chrono::seconds(1);  // a silent path, and a disk that is down, are asked this often
};

// Questions to a silent path that stay unanswered until it is down.
inline constexpr unsigned kProbesUntilDown = 5;
// Broadcasts after a port came up, probe_interval apart: the first one may be lost while a switch port wakes up.
inline constexpr unsigned kFirstBroadcasts = 3;
// Large frames in a row that one path lost, while it answered others, until it gets small ones.
inline constexpr unsigned kLargeLossesMax = 4;

}  // namespace aoekit::initiator
