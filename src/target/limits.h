// Every limit of the target core in one place, with the relations that must hold between them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/constants.h"

namespace aoekit::target {

// Chosen once, when the core is made; all memory follows from it.
struct TargetLimits {
  // Requests being worked on plus replies not yet sent, over all exports. A request that finds none free is dropped
  // and counted: the initiator retransmits.
  std::size_t buffers = 192;
  // The largest transfer in one frame that any port may carry.
  std::uint32_t sectors_per_frame_max = wire::kSectorsPerFrameMax;
};

// Buffers that disk transfers may not take, so that a slow disk with a full queue still leaves discovery answered.
inline constexpr std::size_t kBuffersForReplies = 32;
inline constexpr std::size_t kBuffersMin = kBuffersForReplies + 2;

// The memory of a transfer's data is aligned so that direct I/O takes it on any disk.
inline constexpr std::size_t kDataAlignment = 4096;

// What the largest reply without disk data needs: a full mask list.
inline constexpr std::size_t kReplyBytesMax =
    wire::kMaskHeaderBytes + wire::kMaskEntriesMax * wire::kMaskDirectiveBytes;
static_assert(kReplyBytesMax >= wire::kConfigHeaderBytes + wire::kConfigStringBytesMax);
static_assert(kReplyBytesMax >= wire::kReserveHeaderBytes + wire::kReserveEntriesMax * wire::kMacBytes);

// Copies of one in-flight write, under other tags, that still get an answer; the newest are kept.
inline constexpr std::size_t kTwinsMax = 4;

// What a disk advertises unless told otherwise. Linux uses no more, and none at all below 2.
inline constexpr std::uint16_t kBufferCountDefault = 64;

}  // namespace aoekit::target
