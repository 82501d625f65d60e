// A vector whose capacity is fixed when it is made: it never allocates afterwards and never grows.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"

namespace aoekit {

template <class T>
class BoundedVector {
 public:
  explicit BoundedVector(std::size_t capacity) { items_.reserve(capacity); }
  BoundedVector(const BoundedVector&) = delete;
  BoundedVector& operator=(const BoundedVector&) = delete;
  BoundedVector(BoundedVector&&) = default;
  BoundedVector& operator=(BoundedVector&&) = default;

  std::size_t size() const { return items_.size(); }
  std::size_t capacity() const { return items_.capacity(); }
  std::size_t room() const { return capacity() - size(); }
  bool empty() const { return items_.empty(); }
  bool full() const { return room() == 0; }

  // Aborts when full: the caller asks full() first, or knows by a limit that it cannot be.
  void push_back(T item) {
    AOEKIT_CHECK(!full());
    items_.push_back(std::move(item));
  }
  void clear() { items_.clear(); }

  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  std::span<const T> view() const { return items_; }

  // Removes item `i`, keeping the order of the others.
  void erase_at(std::size_t i) { items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(i)); }

 private:
  std::vector<T> items_;
};

}  // namespace aoekit
