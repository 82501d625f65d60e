// A heap of times over a pool of buffers.
#include "chaos/delay_line.h"

#include "base/check.h"

namespace aoekit::chaos {

void flip_bit(MutableBytes frame, std::uint32_t bit) {
  AOEKIT_CHECK(bit / 8 < frame.size());
  frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ (0x80U >> bit % 8));
}

DelayLine::DelayLine(std::size_t frames_max) : frames_max_(frames_max) {}

bool DelayLine::push(ByteView frame, const Delivery& delivery) {
  if (waiting_.size() + taken_.size() >= frames_max_) return false;
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  slots_[slot].assign(frame.begin(), frame.end());
  if (delivery.flipped_bit) flip_bit(slots_[slot], *delivery.flipped_bit);
  waiting_.push({delivery.at, pushed_++, slot});
  return true;
}

std::optional<Instant> DelayLine::next_due() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.top().at;
}

ByteView DelayLine::take_due(Instant now) {
  if (waiting_.empty() || waiting_.top().at > now) return {};
  const std::uint32_t slot = waiting_.top().slot;
  waiting_.pop();
  taken_.push_back(slot);
  return slots_[slot];
}

void DelayLine::release_all() {
  free_.insert(free_.end(), taken_.begin(), taken_.end());
  taken_.clear();
}

}  // namespace aoekit::chaos
