// A binary heap that knows where everybody is.
#include "initiator/timer_queue.h"

#include "base/check.h"

namespace aoekit::initiator {
namespace {

constexpr std::uint32_t kUnset = UINT32_MAX;

}  // namespace

TimerQueue::TimerQueue(std::size_t capacity) : deadlines_(capacity), positions_(capacity, kUnset), heap_(capacity) {
  AOEKIT_CHECK(capacity < kUnset);
}

void TimerQueue::set(std::uint32_t timer, Instant deadline) {
  AOEKIT_CHECK(timer < positions_.size());
  if (positions_[timer] == kUnset) {
    positions_[timer] = static_cast<std::uint32_t>(heap_.size());
    heap_.push_back(timer);
  }
  deadlines_[timer] = deadline;
  rise(positions_[timer]);
  sink(positions_[timer]);
}

void TimerQueue::cancel(std::uint32_t timer) {
  AOEKIT_CHECK(timer < positions_.size());
  const std::uint32_t position = positions_[timer];
  if (position == kUnset) return;
  const std::uint32_t last = heap_[heap_.size() - 1];
  heap_.erase_at(heap_.size() - 1);
  positions_[timer] = kUnset;
  if (last == timer) return;
  place(position, last);
  rise(position);
  sink(positions_[last]);
}

std::optional<Instant> TimerQueue::deadline(std::uint32_t timer) const {
  if (positions_[timer] == kUnset) return std::nullopt;
  return deadlines_[timer];
}

std::optional<Instant> TimerQueue::earliest() const {
  if (heap_.empty()) return std::nullopt;
  return deadlines_[heap_[0]];
}

std::optional<std::uint32_t> TimerQueue::pop_due(Instant now) {
  if (heap_.empty() || deadlines_[heap_[0]] > now) return std::nullopt;
  const std::uint32_t timer = heap_[0];
  cancel(timer);
  return timer;
}

bool TimerQueue::before(std::uint32_t a, std::uint32_t b) const {
  return deadlines_[a] != deadlines_[b] ? deadlines_[a] < deadlines_[b] : a < b;
}

void TimerQueue::place(std::size_t position, std::uint32_t timer) {
  heap_[position] = timer;
  positions_[timer] = static_cast<std::uint32_t>(position);
}

void TimerQueue::rise(std::size_t position) {
  const std::uint32_t timer = heap_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (!before(timer, heap_[parent])) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, timer);
}

void TimerQueue::sink(std::size_t position) {
  const std::uint32_t timer = heap_[position];
  while (2 * position + 1 < heap_.size()) {
    std::size_t child = 2 * position + 1;
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], timer)) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, timer);
}

}  // namespace aoekit::initiator
