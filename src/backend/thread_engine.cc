// The engine of worker threads: every operation blocks one of them.
#include "backend/op_engine.h"
#include "backend/op_workers.h"

namespace aoekit::backend {
namespace {

class ThreadEngine final : public OpEngine {
 public:
  explicit ThreadEngine(std::unique_ptr<OpWorkers> workers) : workers_(std::move(workers)) {}

  void start(OpenDisk& disk, std::span<const block::BlockOp> ops) override {
    disk.in_flight += ops.size();
    workers_->submit(disk, ops);
  }
  std::size_t collect(std::span<block::BlockCompletion> out) override { return workers_->collect(out); }
  std::vector<int> fds() const override { return {workers_->fd()}; }
  void set_disk_count(std::size_t disks) override { workers_->set_disk_count(disks); }
  const char* name() const override { return "threads"; }

 private:
  std::unique_ptr<OpWorkers> workers_;
};

}  // namespace

Result<std::unique_ptr<OpEngine>> make_thread_engine(std::size_t queue_depth, std::size_t threads) {
  auto workers = OpWorkers::create({.threads = threads, .queue_depth = queue_depth});
  if (!workers) return tl::unexpected(workers.error());
  return std::make_unique<ThreadEngine>(std::move(*workers));
}

}  // namespace aoekit::backend
