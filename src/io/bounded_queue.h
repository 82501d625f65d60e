// A first-in first-out queue whose capacity is fixed when it is made: it never allocates afterwards.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/check.h"

namespace aoekit::io {

// Not synchronised: the owner brings the lock. T is default-constructible and movable.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : slots_(capacity) { AOEKIT_CHECK(capacity > 0); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == slots_.size(); }

  // REQUIRES: !full().
  void push(T item) {
    AOEKIT_CHECK(!full());
    slots_[(head_ + size_) % slots_.size()] = std::move(item);
    ++size_;
  }
  // REQUIRES: !empty().
  T pop() {
    AOEKIT_CHECK(!empty());
    T item = std::move(slots_[head_]);
    head_ = (head_ + 1) % slots_.size();
    --size_;
    return item;
  }

 private:
  std::vector<T> slots_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace aoekit::io
