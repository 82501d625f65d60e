// A disk that keeps nothing: reads give zeros, writes vanish; what is left is the cost of everything around a disk.
#pragma once

#include "backend/completion_queue.h"
#include "block/block_device.h"

namespace aoekit::backend {

struct NullDeviceOptions {
  Sectors size = {};
  std::size_t queue_depth = 256;
};

// For benchmarks only. Completions are there after submit().
class NullDevice final : public block::BlockDevice {
 public:
  explicit NullDevice(const NullDeviceOptions& options);

  const block::DeviceInfo& info() const override { return info_; }
  std::size_t max_in_flight() const override { return queue_depth_; }
  void submit(std::span<const block::BlockOp> ops) override;
  std::size_t reap(std::span<block::BlockCompletion> out) override { return drain(done_, out); }
  int completion_fd() const override { return -1; }
  Result<Sectors> refresh_size() override { return info_.size; }
  const char* engine() const override { return "null"; }

 private:
  block::DeviceInfo info_;
  std::size_t queue_depth_;
  CompletionQueue done_;
};

}  // namespace aoekit::backend
