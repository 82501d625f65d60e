// Waiting for many file descriptors and one deadline: a thin layer over epoll.
//
// Why epoll and not io_uring: packet sockets gain nothing from io_uring (measured: as much CPU a frame as recvmmsg and
// sendmmsg, and no zero-copy), many machines forbid it, and a disk ring's own fd is pollable. So the ring is simply one
// of the sources here, beside sockets, signals, mailboxes and the link monitor.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/time.h"
#include "io/clock.h"

namespace aoekit::io {

// What a source waits for. Hang-up and error are always reported.
enum class Interest : std::uint8_t { none, read, write, read_write };

// What happened to a source. Level-triggered: it is reported again until it has been dealt with.
struct Ready {
  bool readable = false;
  bool writable = false;
  bool hung_up = false;  // EPOLLHUP or EPOLLERR: read (or recv) tells the reason
};

// Names a source of one loop. An old id never names a newer source.
struct SourceId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const SourceId&) const = default;
};

// The loop of one thread: all calls come from that thread (other threads post to a Mailbox that is a source here).
// add() allocates; run_once() does not.
class EventLoop {
 public:
  using Callback = std::function<void(Ready)>;

  static Result<EventLoop> create();
  // Move a loop only before callbacks refer to it.
  EventLoop(EventLoop&&) = default;
  EventLoop& operator=(EventLoop&&) = default;

  // Calls `callback` from run_once() whenever `fd` is ready. The fd stays the caller's, who removes the source before
  // (or right after) closing it. An Error when the kernel cannot poll the fd (e.g. a regular file) or lacks memory.
  [[nodiscard]] Result<SourceId> add(int fd, Interest interest, Callback callback);
  // REQUIRES: `id` is present.
  [[nodiscard]] Status modify(SourceId id, Interest interest);
  // After this the callback is not called again, not even for an event of the present turn. May be called from any
  // callback, the source's own included. An id that is not present is ignored.
  void remove(SourceId id);

  // Readable (for poll, or as a source of another loop) while run_once() would not wait.
  int fd() const { return epoll_.get(); }

  // Waits until a source is ready or `deadline` is reached (none: for ever; past: does not wait), calls the callbacks
  // of what is ready and returns how many. May return early with 0: ask the clock. REQUIRES: not within a callback.
  Result<std::size_t> run_once(std::optional<Instant> deadline);

 private:
  struct Source {
    int fd = -1;
    std::uint32_t generation = 0;
    enum class State : std::uint8_t { unused, active, removed } state = State::unused;
    Callback callback;
  };
  static constexpr std::size_t kEventsPerTurn = 64;
  using EventBatch = std::array<epoll_event, kEventsPerTurn>;

  explicit EventLoop(Fd epoll) : epoll_(std::move(epoll)) {}
  Source* find(SourceId id);
  std::uint32_t unused_slot();
  Result<std::size_t> wait(EventBatch& events, std::optional<Instant> deadline);
  void sweep();

  Fd epoll_;
  // Pointers, so that a callback may add sources while it runs.
  std::vector<std::unique_ptr<Source>> sources_;
  std::size_t removed_in_turn_ = 0;
  bool dispatching_ = false;
  bool nanosecond_wait_ = true;  // until epoll_pwait2 says ENOSYS (before Linux 5.11)
};

}  // namespace aoekit::io
