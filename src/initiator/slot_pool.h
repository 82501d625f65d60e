// Frames on their way: their memory, and the tags by which their answers are known.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bounded_vector.h"
#include "base/bytes.h"
#include "initiator/limits.h"

namespace aoekit::initiator {

using SlotIndex = std::uint16_t;

struct SlotPoolOptions {
  SlotIndex first = 0;          // the pool's slots are first .. first + count - 1
  std::size_t count = 1;
  std::size_t frame_bytes = 0;  // of each slot's memory
  // Should differ from run to run: answers meant for an earlier program on the same interface may still arrive.
  std::uint32_t first_generation = 0;
};

// A fixed number of slots. A tag names its slot and the slot's generation, so an answer is found at once, and a late
// answer to an earlier use of the slot is recognised as such until the generation has gone round (2^18 uses). Memory is
// touched only when a slot is used.
class SlotPool {
 public:
  // REQUIRES: count >= 1, and numbers that fit a tag.
  explicit SlotPool(const SlotPoolOptions& options);

  std::size_t free_count() const { return free_.size(); }
  bool contains(std::size_t index) const { return index >= first_ && index - first_ < entries_.size(); }

  // A slot with a new tag, now in flight. REQUIRES free_count() > 0.
  SlotIndex acquire();
  // Ends a slot: its tag is never valid again. Its memory is reused only once it is in no outbox either.
  void release(SlotIndex index);
  // Another tag for a slot in flight; the old one is never valid again.
  void retag(SlotIndex index);

  // The slot's place in the outbox, from when its frame was put there until it left.
  std::optional<std::size_t> queued_at(SlotIndex index) const { return entry(index).queued_at; }
  void queued(SlotIndex index, std::size_t position) { entry(index).queued_at = position; }
  // Whether that gave a free slot back.
  bool unqueued(SlotIndex index);

  std::uint32_t tag(SlotIndex index) const;
  // The slot in flight with this tag.
  std::optional<SlotIndex> find(std::uint32_t tag) const;

  MutableBytes memory(SlotIndex index);

  // Slots in flight, in no particular but always the same order. Invalidated by acquire() and release().
  std::span<const SlotIndex> in_flight() const { return in_flight_.view(); }

 private:
  struct Entry {
    std::uint32_t generation = 0;
    std::size_t in_flight_at = 0;  // position in in_flight_
    bool in_flight = false;
    std::optional<std::size_t> queued_at;
  };

  Entry& entry(SlotIndex index) { return entries_[index - first_]; }
  const Entry& entry(SlotIndex index) const { return entries_[index - first_]; }

  std::size_t first_;
  std::size_t stride_bytes_;
  std::vector<Entry> entries_;
  std::unique_ptr<std::uint8_t[]> memory_;
  BoundedVector<SlotIndex> free_;
  BoundedVector<SlotIndex> in_flight_;
};

}  // namespace aoekit::initiator
