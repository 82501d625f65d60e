// Slots, generations and tags.
#include "initiator/frame_table.h"

#include "base/check.h"

namespace aoekit::initiator {
namespace {

constexpr std::uint32_t kGenerationMask = (1U << kTagGenerationBits) - 1;
constexpr std::uint32_t kSlotMask = (1U << kTagSlotBits) - 1;
static_assert(kTagSlotBits + kTagGenerationBits + 1 == 32);

}  // namespace

FrameTable::FrameTable(const InitiatorLimits& limits, std::uint32_t first_generation)
    : stride_bytes_(wire::kAtaHeaderBytes + limits.sectors_per_frame_max * std::size_t{kSectorBytes}),
      entries_(limits.frames),
      memory_(limits.frames * stride_bytes_),
      free_(limits.frames),
      in_flight_(limits.frames) {
  AOEKIT_CHECK(limits.frames >= 1 && limits.frames <= kFramesMax);
  for (std::size_t i = limits.frames; i-- > 0;) {
    entries_[i].generation = first_generation & kGenerationMask;
    free_.push_back(static_cast<SlotIndex>(i));
  }
}

SlotIndex FrameTable::acquire() {
  AOEKIT_CHECK(!free_.empty());
  const SlotIndex index = free_[free_.size() - 1];
  free_.erase_at(free_.size() - 1);
  Entry& entry = entries_[index];
  entry.slot = FrameSlot{};
  entry.generation = (entry.generation + 1) & kGenerationMask;
  entry.in_flight = true;
  entry.in_flight_at = in_flight_.size();
  in_flight_.push_back(index);
  return index;
}

void FrameTable::release(SlotIndex index) {
  Entry& entry = entries_[index];
  AOEKIT_CHECK(entry.in_flight);
  entry.in_flight = false;
  const SlotIndex last = in_flight_[in_flight_.size() - 1];
  in_flight_[entry.in_flight_at] = last;
  entries_[last].in_flight_at = entry.in_flight_at;
  in_flight_.erase_at(in_flight_.size() - 1);
  if (!entry.queued) free_.push_back(index);
}

void FrameTable::unqueued(SlotIndex index) {
  Entry& entry = entries_[index];
  AOEKIT_CHECK(entry.queued);
  entry.queued = false;
  if (!entry.in_flight) free_.push_back(index);
}

std::uint32_t FrameTable::tag(SlotIndex index) const {
  return kTagUserSpace | entries_[index].generation << kTagSlotBits | index;
}

std::optional<SlotIndex> FrameTable::find(std::uint32_t tag) const {
  const std::uint32_t index = tag & kSlotMask;
  if (index >= entries_.size() || !entries_[index].in_flight) return std::nullopt;
  const auto slot = static_cast<SlotIndex>(index);
  if (this->tag(slot) != tag) return std::nullopt;
  return slot;
}

MutableBytes FrameTable::memory(SlotIndex index) {
  return MutableBytes(memory_).subspan(index * stride_bytes_, stride_bytes_);
}

}  // namespace aoekit::initiator
