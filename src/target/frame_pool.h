// The core's frame memory: a fixed number of buffers, each a whole frame whose ATA data lies aligned for direct I/O.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "target/limits.h"

namespace aoekit::target {

// A buffer's number in its pool.
using BufferIndex = std::uint32_t;

class FramePool {
 public:
  explicit FramePool(const TargetLimits& limits);

  std::size_t size() const { return free_.capacity(); }
  std::size_t free_count() const { return free_.size(); }

  // REQUIRES free_count() > 0. The memory is not cleared: encoders write every byte they send.
  BufferIndex acquire();
  void release(BufferIndex index);

  // The whole frame; its data part begins at offset wire::kAtaHeaderBytes.
  MutableBytes frame(BufferIndex index);
  // The data part alone, aligned to kDataAlignment.
  MutableBytes data(BufferIndex index);

 private:
  struct FreeMemory {
    void operator()(std::uint8_t* memory) const;
  };

  std::size_t data_bytes_;
  std::size_t stride_bytes_;
  std::vector<BufferIndex> free_;
  std::vector<bool> taken_;
  // Pages are touched only when used, so a pool sized for the largest frames costs what the actual ones need.
  std::unique_ptr<std::uint8_t, FreeMemory> memory_;
};

}  // namespace aoekit::target
