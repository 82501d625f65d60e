// The engine of worker threads: every operation blocks one of them.
#include "backend/file_engines.h"
#include "backend/op_workers.h"

namespace aoekit::backend {
namespace {

class ThreadDevice final : public FileDevice {
 public:
  using FileDevice::FileDevice;

  Status start_threads(std::size_t threads) {
    auto workers = OpWorkers::create(blocking_io(), {.threads = threads, .queue_depth = max_in_flight()});
    if (!workers) return tl::unexpected(workers.error());
    workers_ = std::move(*workers);
    return {};
  }

  int completion_fd() const override { return workers_->fd(); }
  const char* engine() const override { return "threads"; }

 private:
  void start(std::span<const block::BlockOp> ops) override { workers_->submit(ops); }
  std::size_t collect(std::span<block::BlockCompletion> out) override { return workers_->collect(out); }

  std::unique_ptr<OpWorkers> workers_;
};

}  // namespace

Result<std::unique_ptr<block::BlockDevice>> make_thread_device(OpenedFile file, std::size_t queue_depth,
                                                               std::size_t threads) {
  auto device = std::make_unique<ThreadDevice>(std::move(file), queue_depth);
  if (const Status started = device->start_threads(threads); !started) return tl::unexpected(started.error());
  return device;
}

}  // namespace aoekit::backend
