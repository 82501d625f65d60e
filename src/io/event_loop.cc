// epoll, with removal that is safe inside callbacks.
#include "io/event_loop.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "base/check.h"

namespace aoekit::io {
namespace {

std::uint32_t epoll_mask(Interest interest) {
  switch (interest) {
    case Interest::none: return 0;
    case Interest::read: return EPOLLIN;
    case Interest::write: return EPOLLOUT;
    case Interest::read_write: return EPOLLIN | EPOLLOUT;
  }
  return 0;
}

std::uint64_t pack(SourceId id) { return std::uint64_t{id.generation} << 32 | id.slot; }

SourceId unpack(std::uint64_t value) {
  return {static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)};
}

Ready ready_from(std::uint32_t events) {
  return {(events & EPOLLIN) != 0, (events & EPOLLOUT) != 0, (events & (EPOLLHUP | EPOLLERR)) != 0};
}

// Rounded up: waking a little late costs less than waking early and spinning through the rest.
int whole_milliseconds(Duration left) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::min<std::int64_t>(ms, std::numeric_limits<int>::max()));
}

}  // namespace

Result<EventLoop> EventLoop::create() {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return fail_errno(errno, "cannot create an epoll instance");
  return EventLoop(std::move(epoll));
}

Result<SourceId> EventLoop::add(int fd, Interest interest, Callback callback) {
  const std::uint32_t slot = unused_slot();
  Source& source = *sources_[slot];
  const SourceId id{slot, source.generation + 1};
  epoll_event event{};
  event.events = epoll_mask(interest);
  event.data.u64 = pack(id);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return fail_errno(errno, "cannot wait for file descriptor {}", fd);
  }
  source.fd = fd;
  source.generation = id.generation;
  source.state = Source::State::active;
  source.callback = std::move(callback);
  return id;
}

Status EventLoop::modify(SourceId id, Interest interest) {
  const Source* source = find(id);
  AOEKIT_CHECK(source != nullptr);
  epoll_event event{};
  event.events = epoll_mask(interest);
  event.data.u64 = pack(id);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, source->fd, &event) != 0) {
    return fail_errno(errno, "cannot change what file descriptor {} waits for", source->fd);
  }
  return {};
}

void EventLoop::remove(SourceId id) {
  Source* source = find(id);
  if (source == nullptr) return;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, source->fd, nullptr) != 0) {
    // The kernel forgets an fd by itself when it is closed, and its number may be in use again: both are fine.
    AOEKIT_CHECK(errno == EBADF || errno == ENOENT || errno == EPERM);
  }
  // The callback may be the one that is running: it is destroyed when the turn is over.
  source->state = Source::State::removed;
  ++removed_in_turn_;
  if (!dispatching_) sweep();
}

Result<std::size_t> EventLoop::run_once(std::optional<Instant> deadline) {
  AOEKIT_CHECK(!dispatching_);
  EventBatch events;
  const Result<std::size_t> count = wait(events, deadline);
  if (!count) return count;
  std::size_t called = 0;
  dispatching_ = true;
  for (std::size_t i = 0; i < *count; ++i) {
    Source* source = find(unpack(events[i].data.u64));
    if (source == nullptr) continue;  // removed by an earlier callback of this turn
    source->callback(ready_from(events[i].events));
    ++called;
  }
  dispatching_ = false;
  if (removed_in_turn_ > 0) sweep();
  return called;
}

Result<std::size_t> EventLoop::wait(EventBatch& events, std::optional<Instant> deadline) {
  const auto left = [&] { return std::max(Duration::zero(), *deadline - monotonic_now()); };
  const int room = static_cast<int>(events.size());
  int count = -1;
  if (nanosecond_wait_) {
    timespec timeout{};
    if (deadline) {
      const Duration wait_time = left();
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait_time);
      timeout.tv_sec = seconds.count();
      timeout.tv_nsec = (wait_time - seconds).count();
    }
    count = ::epoll_pwait2(epoll_.get(), events.data(), room, deadline ? &timeout : nullptr, nullptr);
    // EPERM: the seccomp policy of a container that does not know the call.
    if (count < 0 && (errno == ENOSYS || errno == EPERM)) nanosecond_wait_ = false;
  }
  if (!nanosecond_wait_) {
    count = ::epoll_wait(epoll_.get(), events.data(), room, deadline ? whole_milliseconds(left()) : -1);
  }
  if (count >= 0) return static_cast<std::size_t>(count);
  // EINTR is also how io_uring makes a sleeping thread run its completion work.
  if (errno == EINTR) return std::size_t{0};
  return fail_errno(errno, "waiting for events failed");
}

EventLoop::Source* EventLoop::find(SourceId id) {
  if (id.slot >= sources_.size()) return nullptr;
  Source* source = sources_[id.slot].get();
  return source->state == Source::State::active && source->generation == id.generation ? source : nullptr;
}

std::uint32_t EventLoop::unused_slot() {
  for (std::uint32_t slot = 0; slot < sources_.size(); ++slot) {
    if (sources_[slot]->state == Source::State::unused) return slot;
  }
  sources_.push_back(std::make_unique<Source>());
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

void EventLoop::sweep() {
  for (const auto& source : sources_) {
    if (source->state != Source::State::removed) continue;
    source->state = Source::State::unused;
    source->callback = nullptr;
  }
  removed_in_turn_ = 0;
}

}  // namespace aoekit::io
