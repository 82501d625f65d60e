// Layout: one page for the first header, then per buffer its data pages and a tail that holds the next one's header.
#include "target/frame_pool.h"

#include <algorithm>
#include <new>

#include "base/check.h"

namespace aoekit::target {
namespace {

constexpr std::align_val_t kAlignment{kDataAlignment};

constexpr std::size_t round_up(std::size_t value) { return (value + kDataAlignment - 1) / kDataAlignment * kDataAlignment; }

}  // namespace

void FramePool::FreeMemory::operator()(std::uint8_t* memory) const { ::operator delete(memory, kAlignment); }

FramePool::FramePool(const TargetLimits& limits)
    : data_bytes_(std::max<std::size_t>(limits.sectors_per_frame_max * kSectorBytes, kReplyBytesMax)),
      stride_bytes_(round_up(data_bytes_ + wire::kAtaHeaderBytes)),
      taken_(limits.buffers, false) {
  AOEKIT_CHECK(limits.buffers >= kBuffersMin);
  free_.reserve(limits.buffers);
  for (std::size_t i = limits.buffers; i-- > 0;) free_.push_back(static_cast<BufferIndex>(i));
  memory_.reset(static_cast<std::uint8_t*>(::operator new(kDataAlignment + limits.buffers * stride_bytes_, kAlignment)));
}

BufferIndex FramePool::acquire() {
  AOEKIT_CHECK(!free_.empty());
  const BufferIndex index = free_.back();
  free_.pop_back();
  taken_[index] = true;
  return index;
}

void FramePool::release(BufferIndex index) {
  AOEKIT_CHECK(index < taken_.size() && taken_[index]);
  taken_[index] = false;
  free_.push_back(index);
}

MutableBytes FramePool::data(BufferIndex index) {
  AOEKIT_CHECK(index < taken_.size());
  return {memory_.get() + kDataAlignment + index * stride_bytes_, data_bytes_};
}

MutableBytes FramePool::frame(BufferIndex index) {
  const MutableBytes payload = data(index);
  return {payload.data() - wire::kAtaHeaderBytes, payload.size() + wire::kAtaHeaderBytes};
}

}  // namespace aoekit::target
