// Every limit of the target core in one place, with the relations that must hold between them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "wire/constants.h"

namespace aoekit::target {

// Whether what stations may change (PersistentState) must be stored before it is answered, so that it outlives the
// process: Outbox::states.
enum class Persistence : std::uint8_t { none, required };

// How long the memory of a received frame lasts: no longer than on_frame(), or until the outbox is recycled; then a write
// that may start at once is given to the disk as it lies there (BlockOp::lent).
enum class FrameLife : std::uint8_t { call, turn };

// Whether what reads have read may stay where a disk lends it (BlockOp::may_lend) and leave from there (TxFrame::data):
// for owners that send an outbox's frames before they start any further operation.
enum class ReadLoans : std::uint8_t { refused, accepted };

// Chosen once, when the core is made; all memory follows from it.
struct TargetLimits {
  // Requests being worked on plus replies not yet sent, over all exports. A request that finds none free is dropped
  // and counted: the initiator retransmits.
  std::size_t buffers = 192;
  // The largest transfer in one frame that any port may carry.
  std::uint32_t sectors_per_frame_max = wire::kSectorsPerFrameMax;
  // What announce_soon() announces waits for a random part of this first, so that machines which start together do not
  // all speak at once. The seed should differ from process to process.
  Duration announce_jitter{};
  std::uint64_t seed = 0;
  // Writes that are remembered after their end, over all exports, and for how long, so that a late copy of one does not
  // undo a newer write (late_copies.h). The time is IEEE 802.1D's largest maximum bridge transit delay.
  std::size_t writes_remembered = 4096;
  Duration frame_lifetime = std::chrono::seconds(4);
  Persistence persistence = Persistence::none;
  FrameLife frame_life = FrameLife::call;
  ReadLoans read_loans = ReadLoans::refused;
  // How many cores answer on the same ports, each for exports of its own: this one takes its share of the pace that one
  // alone would have (Pace), so that all together are no louder. REQUIRES one at least.
  std::size_t cores = 1;
  // Clients that are remembered, each with what it did: a station at an export. Those that were silent for longest are
  // forgotten first. REQUIRES more than `buffers`.
  std::size_t clients = 4096;
};

// Buffers that disk transfers may not take, so that a slow disk with a full queue still leaves discovery answered.
inline constexpr std::size_t kBuffersForReplies = 32;
inline constexpr std::size_t kBuffersMin = kBuffersForReplies + 2;

// A broadcast that asks no more exports than this is answered at once, a bigger core spreads its answers: so many to one
// station and so many in all, then nothing for an interval. A requester's default receive buffer (212992 bytes on Linux)
// holds 92 to 277 small frames, so a station that looks every three milliseconds loses none (docs/scale.md); a thousand
// answers take 42.
inline constexpr std::size_t kAnswersAtOnce = 24;
inline constexpr std::size_t kAnswersPerTick = 32;
inline constexpr Duration kTickInterval = std::chrono::milliseconds(1);
static_assert(kAnswersPerTick <= kBuffersForReplies && kAnswersAtOnce <= kAnswersPerTick);
// Of those in all, so many may be announcements, which all stations hear.
inline constexpr std::size_t kAnnouncementsPerTick = 8;
// Exports that a query to one slot of all shelves, or for one config string, looks at in a tick.
inline constexpr std::uint32_t kLookedAtPerTick = 4096;
// Broadcasts that are being answered. Where more come, all exports are announced instead, which answers everybody.
inline constexpr std::size_t kQueriesMax = 64;
// After announcements on a port the next must wait so long, and longer the more there were: every station of the segment
// has to look at each, so the cores of a process keep below 125 a second on the average, whatever happens.
inline constexpr Duration kAnnounceInterval = std::chrono::seconds(1);
inline constexpr Duration kAnnounceIntervalPerExport = std::chrono::milliseconds(8);

// The memory of a transfer's data is aligned so that direct I/O takes it on any disk.
inline constexpr std::size_t kDataAlignment = 4096;

// What the largest reply without disk data needs: a full mask list.
inline constexpr std::size_t kReplyBytesMax =
    wire::kMaskHeaderBytes + wire::kMaskEntriesMax * wire::kMaskDirectiveBytes;
static_assert(kReplyBytesMax >= wire::kConfigHeaderBytes + wire::kConfigStringBytesMax);
static_assert(kReplyBytesMax >= wire::kReserveHeaderBytes + wire::kReserveEntriesMax * wire::kMacBytes);

// Copies of one in-flight write, under other tags, that still get an answer; the newest are kept.
inline constexpr std::size_t kTwinsMax = 4;

// Changes that wait to be stored, one an export; a command that finds no place is dropped and counted.
inline constexpr std::size_t kStateWritesMax = 64;

// A holder of an exclusive export that only asks who is there, as an idle Linux does once a minute, may lose one query.
inline constexpr Duration kExclusiveTimeoutDefault = std::chrono::seconds(150);
// Two stations that write within so long write at the same time.
inline constexpr Duration kSecondWriterWindow = std::chrono::minutes(1);

// A bucket holds what flows in during so much of a second: clients work in bursts.
inline constexpr std::uint64_t kBurstsPerSecond = 10;
// A request over a rate limit waits for so long at most, unless it is the only one of its client: the Linux driver
// takes a request for lost after half a second, until it has measured longer round trips.
inline constexpr Duration kHoldMax = std::chrono::milliseconds(400);
// Those that wait go so often: the buckets hold far more than flows in meanwhile.
inline constexpr Duration kHoldTick = std::chrono::milliseconds(1);
static_assert(kHoldTick * 10 * kBurstsPerSecond <= std::chrono::seconds(1));
// Buffers are short when less than one in so many is free for transfers: then no station may have more than its share.
inline constexpr std::size_t kShortage = 4;

// A limit beyond is as good as none.
inline constexpr std::uint64_t kRateMax = 100'000'000'000;
static_assert(kRateMax / kBurstsPerSecond <= UINT64_MAX / 1'000'000'000 / 1.5);

// What a disk advertises unless told otherwise. Linux uses no more, and none at all below 2.
inline constexpr std::uint16_t kBufferCountDefault = 64;

}  // namespace aoekit::target
