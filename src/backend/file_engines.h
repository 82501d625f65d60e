// The two engines behind open_file_device(), for that function.
#pragma once

#include <cstddef>
#include <memory>

#include "backend/blocking_io.h"
#include "backend/completion_queue.h"
#include "backend/op_check.h"
#include "backend/opened_file.h"
#include "backend/quick_io.h"
#include "block/block_device.h"
#include "io/uring.h"

namespace aoekit::backend {

// What both engines are besides their way to the kernel. What can be done at once is; the engines get the rest.
class FileDevice : public block::BlockDevice {
 public:
  FileDevice(OpenedFile file, std::size_t queue_depth)
      : file_(std::move(file)), queue_depth_(queue_depth), io_(file_), quick_(file_), done_at_once_(queue_depth) {}
  FileDevice(const FileDevice&) = delete;
  FileDevice& operator=(const FileDevice&) = delete;

  const block::DeviceInfo& info() const final { return file_.info; }
  std::size_t max_in_flight() const final { return queue_depth_; }
  void submit(std::span<const block::BlockOp> ops) final {
    for (const block::BlockOp& op : ops) check_op(op, info());
    std::size_t slow = 0;  // operations at the front that could not be done at once
    while (slow < ops.size()) {
      const auto attempt = quick_.try_now(ops.subspan(slow));
      if (!attempt.done) {
        slow += attempt.ops;
        continue;
      }
      if (slow > 0) start(ops.first(slow));
      for (const block::BlockOp& op : ops.subspan(slow, attempt.ops)) {
        done_at_once_.push({.cookie = op.cookie, .status = block::BlockStatus::ok});
      }
      ops = ops.subspan(slow + attempt.ops);
      slow = 0;
    }
    if (slow > 0) start(ops);
  }
  std::size_t reap(std::span<block::BlockCompletion> out) final {
    const std::size_t count = drain(done_at_once_, out);
    return count + collect(out.subspan(count));
  }
  Result<Sectors> refresh_size() final {
    const Result<Sectors> size = medium_size(file_);
    if (size) file_.info.size = window_left(*size, file_.first_sector, file_.length);
    return size ? Result<Sectors>(file_.info.size) : size;
  }

 protected:
  const OpenedFile& file() const { return file_; }
  BlockingIo& blocking_io() { return io_; }

  // submit() and reap() of what could not be done at once.
  virtual void start(std::span<const block::BlockOp> ops) = 0;
  virtual std::size_t collect(std::span<block::BlockCompletion> out) = 0;

 private:
  OpenedFile file_;
  std::size_t queue_depth_;
  BlockingIo io_;
  QuickIo quick_;
  CompletionQueue done_at_once_;
};

// What the ring engine needs of a ring.
Result<io::Uring> make_file_ring(std::size_t queue_depth);
Result<std::unique_ptr<block::BlockDevice>> make_uring_device(OpenedFile file, io::Uring ring, std::size_t queue_depth);
Result<std::unique_ptr<block::BlockDevice>> make_thread_device(OpenedFile file, std::size_t queue_depth,
                                                               std::size_t threads);

}  // namespace aoekit::backend
