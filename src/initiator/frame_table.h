// The frames on their way: their memory, their timers, and the tags by which their answers are known.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bounded_vector.h"
#include "base/bytes.h"
#include "base/time.h"
#include "base/units.h"
#include "initiator/limits.h"

namespace aoekit::initiator {

using SlotIndex = std::uint16_t;

// One frame: a piece of a request, sent once or more with the same tag.
struct FrameSlot {
  std::uint32_t request = 0;  // index into the core's request table
  SectorRange range;          // empty for flush
  std::size_t frame_bytes = 0;
  Instant first_sent_at{};
  Instant last_sent_at{};
  Instant deadline{};
  unsigned times_sent = 0;
  bool lost = false;  // waits to be sent again
};

// A fixed number of slots. A tag names its slot and the slot's generation, so an answer is found at once, and a late
// answer to an earlier use of the slot is recognised as such until the generation has gone round (2^19 uses).
class FrameTable {
 public:
  // REQUIRES limits.frames in 1..kFramesMax. `first_generation` should differ from run to run: answers meant for an
  // earlier program on the same interface may still arrive.
  FrameTable(const InitiatorLimits& limits, std::uint32_t first_generation);

  std::size_t free_count() const { return free_.size(); }

  // A cleared slot, now in flight. REQUIRES free_count() > 0.
  SlotIndex acquire();
  // Ends a slot: its tag is never valid again. Its memory is reused only once it is in no outbox either.
  void release(SlotIndex index);

  // A frame was put into an outbox, or left it.
  bool is_queued(SlotIndex index) const { return entries_[index].queued; }
  void queued(SlotIndex index) { entries_[index].queued = true; }
  void unqueued(SlotIndex index);

  std::uint32_t tag(SlotIndex index) const;
  // The slot in flight with this tag.
  std::optional<SlotIndex> find(std::uint32_t tag) const;

  FrameSlot& operator[](SlotIndex index) { return entries_[index].slot; }
  const FrameSlot& operator[](SlotIndex index) const { return entries_[index].slot; }
  MutableBytes memory(SlotIndex index);

  // Slots in flight, in no order. Invalidated by acquire() and release().
  std::span<const SlotIndex> in_flight() const { return in_flight_.view(); }

 private:
  struct Entry {
    FrameSlot slot;
    std::uint32_t generation = 0;
    std::size_t in_flight_at = 0;  // position in in_flight_
    bool in_flight = false;
    bool queued = false;
  };

  std::size_t stride_bytes_;
  std::vector<Entry> entries_;
  std::vector<std::uint8_t> memory_;
  BoundedVector<SlotIndex> free_;
  BoundedVector<SlotIndex> in_flight_;
};

}  // namespace aoekit::initiator
