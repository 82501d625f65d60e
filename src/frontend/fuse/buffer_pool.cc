// Free lists whose own memory is reserved once.
#include "frontend/fuse/buffer_pool.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/check.h"

namespace aoekit::fuse {
namespace {

constexpr std::size_t kAlignment = 4096;

std::uint8_t* allocate(std::size_t bytes) {
  return static_cast<std::uint8_t*>(std::aligned_alloc(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment));
}

void fill(std::vector<std::uint8_t*>& list, std::size_t bytes, std::size_t count) {
  list.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint8_t* memory = allocate(bytes);
    if (memory == nullptr) return;
    std::memset(memory, 0, bytes);
    list.push_back(memory);
  }
}

}  // namespace

Buffer::~Buffer() {
  if (data_ != nullptr) pool_->give_back(data_, capacity_);
}

BufferPool::BufferPool(const Options& options) : options_(options) {
  AOEKIT_CHECK(options.small_bytes < options.large_bytes);
  fill(small_, options.small_bytes, options.small_count);
  fill(large_, options.large_bytes, options.large_count);
}

BufferPool::~BufferPool() {
  for (std::uint8_t* memory : small_) std::free(memory);
  for (std::uint8_t* memory : large_) std::free(memory);
}

Buffer BufferPool::take(std::size_t bytes) {
  const bool is_small = bytes <= options_.small_bytes && !small_.empty();
  auto& list = is_small ? small_ : large_;
  if (list.empty() || bytes > options_.large_bytes) return {};
  std::uint8_t* memory = list.back();
  list.pop_back();
  return Buffer(this, memory, is_small ? options_.small_bytes : options_.large_bytes);
}

void BufferPool::give_back(std::uint8_t* data, std::size_t capacity) {
  (capacity == options_.small_bytes ? small_ : large_).push_back(data);
}

}  // namespace aoekit::fuse
