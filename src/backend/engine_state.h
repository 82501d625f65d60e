// What the disks of a FileEngine share: the way to the kernel, finished operations, and the descriptor to wait for.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "backend/completion_queue.h"
#include "backend/op_engine.h"
#include "base/fd.h"
#include "io/wakeup.h"

namespace aoekit::backend {

// One thread.
class EngineState {
 public:
  static Result<std::shared_ptr<EngineState>> create(std::unique_ptr<OpEngine> engine, std::size_t queue_depth);
  EngineState(const EngineState&) = delete;
  EngineState& operator=(const EngineState&) = delete;

  std::size_t queue_depth() const { return queue_depth_; }
  int completion_fd() const { return ready_.get(); }
  const char* name() const { return engine_->name(); }

  void add_disk() { engine_->set_disk_count(++disks_); }
  void remove_disk() { engine_->set_disk_count(--disks_); }

  // Does at once what can be done at once.
  void submit(OpenDisk& disk, std::span<const block::BlockOp> ops);
  // Completes all of them as `status`, untried.
  void refuse(std::span<const block::BlockOp> ops, block::BlockStatus status);
  std::size_t reap(std::span<block::BlockCompletion> out);
  // Waits for the disk's operations. What else completes meanwhile waits for reap(), and completion_fd() tells.
  void wait_for(const OpenDisk& disk);

 private:
  EngineState(std::unique_ptr<OpEngine> engine, io::Wakeup kept, Fd ready, std::size_t queue_depth)
      : engine_(std::move(engine)),
        kept_(std::move(kept)),
        ready_(std::move(ready)),
        queue_depth_(queue_depth),
        done_(queue_depth) {}
  Status watch(int fd);

  std::unique_ptr<OpEngine> engine_;
  io::Wakeup kept_;  // lit while done_ holds what wait_for() came by
  bool kept_lit_ = false;
  Fd ready_;  // epoll over the engine and kept_
  std::size_t queue_depth_;
  std::size_t disks_ = 0;
  CompletionQueue done_;
};

}  // namespace aoekit::backend
