// A disk in memory: sparse, gone with the process; for tests, scratch exports and benchmarks without a medium.
#pragma once

#include <memory>

#include "backend/access.h"
#include "backend/completion_queue.h"
#include "block/block_device.h"

namespace aoekit::backend {

struct MemoryDeviceOptions {
  Sectors size = {};
  std::uint32_t physical_sector_bytes = kSectorBytes;
  Access access = Access::read_write;
  std::size_t queue_depth = 256;
};

// Untouched and trimmed sectors read as zeros and take no memory. Completions are there after submit().
class MemoryDevice final : public block::BlockDevice {
 public:
  // Fails when the size is 0 or no address space of that size is to be had.
  static Result<std::unique_ptr<MemoryDevice>> create(const MemoryDeviceOptions& options);
  ~MemoryDevice() override;
  MemoryDevice(const MemoryDevice&) = delete;
  MemoryDevice& operator=(const MemoryDevice&) = delete;

  const block::DeviceInfo& info() const override { return info_; }
  std::size_t max_in_flight() const override { return queue_depth_; }
  void submit(std::span<const block::BlockOp> ops) override;
  std::size_t reap(std::span<block::BlockCompletion> out) override { return drain(done_, out); }
  int completion_fd() const override { return -1; }
  Result<Sectors> refresh_size() override { return info_.size; }
  const char* engine() const override { return "memory"; }

 private:
  MemoryDevice(const MemoryDeviceOptions& options, MutableBytes memory);

  MutableBytes memory_;
  block::DeviceInfo info_;
  std::size_t queue_depth_;
  CompletionQueue done_;
};

}  // namespace aoekit::backend
