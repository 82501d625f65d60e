// An io_uring instance that closes itself, probed at run time: where the kernel lacks or forbids it, create() says so.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"

namespace aoekit::io {

// One finished request.
struct UringCompletion {
  std::uint64_t user_data = 0;
  int result = 0;  // as the system call would return; a negative errno on failure
};

// A ring of the thread that creates it: only that thread may call anything here (the kernel may be told so), and the
// ring does not survive fork(). Completions make fd() readable for epoll, which is why DEFER_TASKRUN is not used: with
// it a completion shows up only when the thread asks the ring itself.
class Uring {
 public:
  // A ring with room for at least `entries` requests (rounded up to a power of two) that can do each of `opcodes`
  // (IORING_OP_...). The Error's os_error is ENOSYS (kernel without io_uring), EPERM or EACCES (forbidden by sysctl or
  // a container's seccomp policy), EOPNOTSUPP (an opcode is missing) or ENOMEM (RLIMIT_MEMLOCK on old kernels).
  static Result<Uring> create(unsigned entries, std::span<const int> opcodes);

  // Readable (epoll, level-triggered) while completions wait to be reaped.
  int fd() const { return ring_->ring_fd; }
  // How many requests fit between two submits. The completion queue holds twice as many.
  unsigned capacity() const { return ring_->sq.ring_entries; }

  // A request to fill in with io_uring_prep_...(); it starts with the next submit(). Null when capacity() requests
  // wait already: submit first.
  io_uring_sqe* next_request() { return io_uring_get_sqe(ring_.get()); }

  // Starts the requests filled in since the last time and returns how many the kernel took; those left (EAGAIN, EBUSY:
  // completions must be reaped first) are taken by the next submit(). Does not wait.
  Result<unsigned> submit();

  // Lets so many requests that would wait (for a disk) wait in the kernel side by side. Its own limit, four a CPU, is
  // reached soon by a few files that hang. Kernels before 5.15 keep theirs.
  void set_waiting_max(unsigned requests);

  // Stores up to out.size() completions and returns how many. Never waits.
  std::size_t reap(std::span<UringCompletion> out);

 private:
  struct Close {
    void operator()(io_uring* ring) const;
  };
  explicit Uring(std::unique_ptr<io_uring, Close> ring) : ring_(std::move(ring)) {}
  std::unique_ptr<io_uring, Close> ring_;
};

}  // namespace aoekit::io
