// Makes a disk fail or be slow on purpose.
#include "backend/faulty_device.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "backend/op_check.h"

namespace aoekit::backend {

Result<std::unique_ptr<FaultyDevice>> FaultyDevice::create(std::unique_ptr<block::BlockDevice> disk,
                                                           std::vector<Fault> faults) {
  Result<io::Wakeup> own_ready = io::Wakeup::create();
  if (!own_ready) return tl::unexpected(own_ready.error());
  Fd either(epoll_create1(EPOLL_CLOEXEC));
  if (!either.valid()) return fail_errno(errno, "cannot make an epoll descriptor");
  for (const int fd : {own_ready->fd(), disk->completion_fd()}) {
    if (fd < 0) continue;
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    if (epoll_ctl(either.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno(errno, "cannot watch a disk");
  }
  return std::unique_ptr<FaultyDevice>(
      new FaultyDevice(std::move(disk), std::move(faults), std::move(*own_ready), std::move(either)));
}

FaultyDevice::FaultyDevice(std::unique_ptr<block::BlockDevice> disk, std::vector<Fault> faults,
                           io::Wakeup own_ready, Fd either)
    : disk_(std::move(disk)),
      faults_(std::move(faults)),
      own_ready_(std::move(own_ready)),
      either_(std::move(either)),
      held_(disk_->max_in_flight()),
      done_(disk_->max_in_flight()) {}

void FaultyDevice::submit(std::span<const block::BlockOp> ops) {
  for (const block::BlockOp& op : ops) {
    check_op(op, info());
    if (holding_) {
      held_.push_back(op);
      block::take_in(held_[held_.size() - 1]);
    } else {
      start(op);
    }
  }
}

void FaultyDevice::pass() {
  holding_ = false;
  for (const block::BlockOp& op : held_) start(op);
  held_.clear();
}

void FaultyDevice::release(std::uint64_t cookie) {
  const auto found = std::ranges::find(held_, cookie, &block::BlockOp::cookie);
  AOEKIT_CHECK(found != held_.end());
  const block::BlockOp op = *found;
  held_.erase_at(static_cast<std::size_t>(found - held_.begin()));
  start(op);
}

void FaultyDevice::start(const block::BlockOp& op) {
  const block::BlockStatus status = outcome(op.kind);
  if (status != block::BlockStatus::ok) {
    finish({.cookie = op.cookie, .status = status});
    return;
  }
  disk_->submit({&op, 1});
  // What the disk has done at once it does not announce, and who released this operation may not reap next.
  block::BlockCompletion completion;
  while (disk_->reap({&completion, 1}) == 1) finish(completion);
}

block::BlockStatus FaultyDevice::outcome(block::OpKind kind) {
  const std::uint64_t number = ++seen_[static_cast<std::size_t>(kind)];
  for (const Fault& fault : faults_) {
    if (fault.kind == kind && number >= fault.nth && number - fault.nth < fault.repeat) return fault.status;
  }
  return block::BlockStatus::ok;
}

void FaultyDevice::finish(block::BlockCompletion completion) {
  if (done_.empty()) own_ready_.light();
  done_.push(completion);
}

std::size_t FaultyDevice::reap(std::span<block::BlockCompletion> out) {
  std::size_t count = 0;
  if (!done_.empty()) {
    count = drain(done_, out);
    if (done_.empty()) own_ready_.put_out();
  }
  if (disk_->completion_fd() >= 0) count += disk_->reap(out.subspan(count));
  return count;
}

}  // namespace aoekit::backend
