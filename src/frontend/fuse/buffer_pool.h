// Memory for data on its way between the kernel and the network: there before it is needed, because it is needed most
// when the machine has none left.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace aoekit::fuse {

class BufferPool;

// Memory of a pool; goes back by itself.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~Buffer();

  std::uint8_t* data() const { return data_; }
  std::size_t capacity() const { return capacity_; }
  explicit operator bool() const { return data_ != nullptr; }
  bool holds(const std::uint8_t* place) const {
    return std::less_equal<>()(data_, place) && std::less<>()(place, data_ + capacity_);
  }

 private:
  friend class BufferPool;
  Buffer(BufferPool* pool, std::uint8_t* data, std::size_t capacity) : pool_(pool), data_(data), capacity_(capacity) {}
  void swap(Buffer& other) {
    std::swap(pool_, other.pool_);
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
  }
  BufferPool* pool_ = nullptr;
  std::uint8_t* data_ = nullptr;
  std::size_t capacity_ = 0;
};

// Two sizes, kept ready. One thread.
class BufferPool {
 public:
  struct Options {
    std::size_t small_bytes = 64 * 1024;
    std::size_t small_count = 128;
    std::size_t large_bytes = 320 * 1024;
    std::size_t large_count = 96;
  };
  // Allocates and touches all of it; memory that cannot be had is missing later. REQUIRES small_bytes < large_bytes.
  explicit BufferPool(const Options& options);
  // REQUIRES that every buffer is back.
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // At least `bytes`, aligned to pages. Empty when there is none left: nothing is ever allocated later, because that could
  // wait for dirty data to be written, and this memory is what it is written with.
  Buffer take(std::size_t bytes);
  const Options& options() const { return options_; }

 private:
  friend class Buffer;
  void give_back(std::uint8_t* data, std::size_t capacity);

  const Options options_;
  std::vector<std::uint8_t*> small_, large_;
};

}  // namespace aoekit::fuse
