// Slots, generations and tags.
#include "initiator/slot_pool.h"

#include "base/check.h"

namespace aoekit::initiator {
namespace {

constexpr std::uint32_t kGenerationMask = (1U << kTagGenerationBits) - 1;
constexpr std::uint32_t kSlotMask = (1U << kTagSlotBits) - 1;
static_assert(kTagSlotBits + kTagGenerationBits + 1 == 32);

}  // namespace

SlotPool::SlotPool(const SlotPoolOptions& options)
    : first_(options.first),
      stride_bytes_(options.frame_bytes),
      entries_(options.count),
      memory_(std::make_unique_for_overwrite<std::uint8_t[]>(options.count * options.frame_bytes)),
      free_(options.count),
      in_flight_(options.count) {
  AOEKIT_CHECK(options.count >= 1 && options.first + options.count <= std::size_t{1} << kTagSlotBits);
  for (std::size_t i = options.count; i-- > 0;) {
    entries_[i].generation = options.first_generation & kGenerationMask;
    free_.push_back(static_cast<SlotIndex>(first_ + i));
  }
}

SlotIndex SlotPool::acquire() {
  AOEKIT_CHECK(!free_.empty());
  const SlotIndex index = free_[free_.size() - 1];
  free_.erase_at(free_.size() - 1);
  Entry& taken = entry(index);
  taken.in_flight = true;
  taken.in_flight_at = in_flight_.size();
  in_flight_.push_back(index);
  retag(index);
  return index;
}

void SlotPool::retag(SlotIndex index) {
  Entry& tagged = entry(index);
  AOEKIT_CHECK(tagged.in_flight);
  tagged.generation = (tagged.generation + 1) & kGenerationMask;
}

void SlotPool::release(SlotIndex index) {
  Entry& released = entry(index);
  AOEKIT_CHECK(released.in_flight);
  released.in_flight = false;
  const SlotIndex last = in_flight_[in_flight_.size() - 1];
  in_flight_[released.in_flight_at] = last;
  entry(last).in_flight_at = released.in_flight_at;
  in_flight_.erase_at(in_flight_.size() - 1);
  if (!released.queued_at) free_.push_back(index);
}

bool SlotPool::unqueued(SlotIndex index) {
  Entry& sent = entry(index);
  AOEKIT_CHECK(sent.queued_at.has_value());
  sent.queued_at.reset();
  if (sent.in_flight) return false;
  free_.push_back(index);
  return true;
}

std::uint32_t SlotPool::tag(SlotIndex index) const {
  return kTagUserSpace | entry(index).generation << kTagSlotBits | index;
}

std::optional<SlotIndex> SlotPool::find(std::uint32_t tag) const {
  const auto index = static_cast<SlotIndex>(tag & kSlotMask);
  if (!contains(index) || !entry(index).in_flight || this->tag(index) != tag) return std::nullopt;
  return index;
}

MutableBytes SlotPool::memory(SlotIndex index) {
  return MutableBytes(memory_.get() + (index - first_) * stride_bytes_, stride_bytes_);
}

}  // namespace aoekit::initiator
