// A filter that makes a disk fail or be slow on purpose: the Nth operation of a kind fails, and operations are held
// back until told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/completion_queue.h"
#include "base/bounded_vector.h"
#include "base/fd.h"
#include "block/block_device.h"
#include "io/wakeup.h"

namespace aoekit::backend {

// The `nth` operation of `kind` (counted from 1 when the filter is made) fails with `status`, and the
// `repeat` - 1 operations of that kind after it too.
struct Fault {
  block::OpKind kind = block::OpKind::read;
  std::uint64_t nth = 1;
  std::uint64_t repeat = 1;
  block::BlockStatus status = block::BlockStatus::medium_error;
};

// Deterministic: what happens depends on the sequence of calls only. An operation that fails never reaches the disk.
// A held operation reaches the disk when it is released, so the order of release is the order in which writes land.
class FaultyDevice final : public block::BlockDevice {
 public:
  static Result<std::unique_ptr<FaultyDevice>> create(std::unique_ptr<block::BlockDevice> disk,
                                                      std::vector<Fault> faults = {});

  // From now on submitted operations wait, until pass().
  void hold() { holding_ = true; }
  // Operations are no longer held; those that wait go on, oldest first.
  void pass();
  // Operations that wait, oldest first. The view is good until the next call that is not const.
  std::span<const block::BlockOp> held() const { return held_.view(); }
  // Lets one waiting operation go on. REQUIRES that an operation with this cookie waits.
  void release(std::uint64_t cookie);

  const block::DeviceInfo& info() const override { return disk_->info(); }
  std::size_t max_in_flight() const override { return disk_->max_in_flight(); }
  void submit(std::span<const block::BlockOp> ops) override;
  std::size_t reap(std::span<block::BlockCompletion> out) override;
  int completion_fd() const override { return either_.get(); }
  Result<Sectors> refresh_size() override { return disk_->refresh_size(); }
  Result<Sectors> reopen() override { return disk_->reopen(); }
  const char* engine() const override { return disk_->engine(); }

 private:
  FaultyDevice(std::unique_ptr<block::BlockDevice> disk, std::vector<Fault> faults, io::Wakeup own_ready,
               Fd either);
  void start(const block::BlockOp& op);
  block::BlockStatus outcome(block::OpKind kind);
  void finish(block::BlockCompletion completion);

  std::unique_ptr<block::BlockDevice> disk_;
  std::vector<Fault> faults_;
  io::Wakeup own_ready_;  // lit while done_ is not empty
  Fd either_;             // epoll over own_ready_ and the disk's completion_fd
  std::uint64_t seen_[4] = {};
  bool holding_ = false;
  BoundedVector<block::BlockOp> held_;
  CompletionQueue done_;
};

}  // namespace aoekit::backend
