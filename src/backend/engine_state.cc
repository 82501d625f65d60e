// Operations in, completions out, of all disks of an engine.
#include "backend/engine_state.h"

#include <poll.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>

#include "base/check.h"

namespace aoekit::backend {

Result<std::shared_ptr<EngineState>> EngineState::create(std::unique_ptr<OpEngine> engine, std::size_t queue_depth) {
  Result<io::Wakeup> kept = io::Wakeup::create();
  if (!kept) return tl::unexpected(kept.error());
  Fd ready(epoll_create1(EPOLL_CLOEXEC));
  if (!ready.valid()) return fail_errno(errno, "cannot make an epoll descriptor");
  std::shared_ptr<EngineState> state(
      new EngineState(std::move(engine), std::move(*kept), std::move(ready), queue_depth));
  for (const int fd : state->engine_->fds()) {
    if (Status watched = state->watch(fd); !watched) return tl::unexpected(watched.error());
  }
  if (Status watched = state->watch(state->kept_.fd()); !watched) return tl::unexpected(watched.error());
  return state;
}

Status EngineState::watch(int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (epoll_ctl(ready_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno(errno, "cannot watch a disk");
  return {};
}

void EngineState::submit(OpenDisk& disk, std::span<const block::BlockOp> ops) {
  std::size_t slow = 0;  // operations at the front that could not be done at once
  while (slow < ops.size()) {
    const auto attempt = disk.quick.try_now(ops.subspan(slow));
    if (!attempt.done) {
      slow += attempt.ops;
      continue;
    }
    if (slow > 0) engine_->start(disk, ops.first(slow));
    for (const block::BlockOp& op : ops.subspan(slow, attempt.ops)) {
      done_.push({.cookie = op.cookie, .status = block::BlockStatus::ok, .lent = attempt.lent});
    }
    ops = ops.subspan(slow + attempt.ops);
    slow = 0;
  }
  if (slow > 0) engine_->start(disk, ops);
}

void EngineState::refuse(std::span<const block::BlockOp> ops, block::BlockStatus status) {
  for (const block::BlockOp& op : ops) done_.push({.cookie = op.cookie, .status = status});
}

std::size_t EngineState::reap(std::span<block::BlockCompletion> out) {
  const std::size_t count = drain(done_, out);
  if (kept_lit_ && done_.empty()) {
    kept_lit_ = false;
    kept_.put_out();
  }
  return count + engine_->collect(out.subspan(count));
}

void EngineState::wait_for(const OpenDisk& disk) {
  std::array<block::BlockCompletion, 16> finished;
  while (disk.in_flight > 0) {
    const std::size_t count = engine_->collect(finished);
    for (std::size_t i = 0; i < count; ++i) done_.push(finished[i]);
    if (!kept_lit_ && !done_.empty()) {
      kept_lit_ = true;
      kept_.light();
      continue;
    }
    if (count > 0 || disk.in_flight == 0) continue;
    // Without kept_, which would end every wait.
    std::vector<pollfd> wait;
    for (const int fd : engine_->fds()) wait.push_back({.fd = fd, .events = POLLIN, .revents = 0});
    AOEKIT_CHECK(poll(wait.data(), wait.size(), -1) >= 0 || errno == EINTR);
  }
}

}  // namespace aoekit::backend
