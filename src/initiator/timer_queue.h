// Many deadlines, of which the earliest is wanted: a heap in which each entry can be moved and removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bounded_vector.h"
#include "base/time.h"

namespace aoekit::initiator {

// Timers are numbers below `capacity`; each is set or not. Equal deadlines come in the order of the numbers. Setting,
// moving and cancelling take O(log n); nothing allocates.
class TimerQueue {
 public:
  explicit TimerQueue(std::size_t capacity);

  void set(std::uint32_t timer, Instant deadline);
  void cancel(std::uint32_t timer);
  // Nothing if it is not set.
  std::optional<Instant> deadline(std::uint32_t timer) const;

  std::optional<Instant> earliest() const;
  // Takes out the first timer whose deadline is at or before `now`.
  std::optional<std::uint32_t> pop_due(Instant now);

 private:
  bool before(std::uint32_t a, std::uint32_t b) const;
  void place(std::size_t position, std::uint32_t timer);
  void rise(std::size_t position);
  void sink(std::size_t position);

  std::vector<Instant> deadlines_;
  std::vector<std::uint32_t> positions_;  // in heap_; kUnset if not set
  BoundedVector<std::uint32_t> heap_;
};

}  // namespace aoekit::initiator
