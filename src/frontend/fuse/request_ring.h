// Requests of the kernel by io_uring, beside /dev/fuse: an answer and the next request cost one crossing into the
// kernel, and many share it. FUSE_INIT, forgotten inodes, interruptions and notices go by /dev/fuse all the same.
//
// Threads: the reader's, which also makes it.
#pragma once

#include <liburing.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "frontend/fuse/ring_offer.h"
#include "frontend/fuse/ring_slots.h"

namespace aoekit::fuse {

class RequestRing {
 public:
  // Takes all memory that it will need, at most about `bytes_max`.
  static Result<std::unique_ptr<RequestRing>> create(std::size_t payload_bytes, std::size_t bytes_max);
  // The kernel ends requests that are not answered when /dev/fuse is closed, too.
  ~RequestRing();
  RequestRing(const RequestRing&) = delete;
  RequestRing& operator=(const RequestRing&) = delete;

  // Gives the slots to the kernel, once, right after FUSE_INIT was answered with accept_ring(): until it has them it
  // holds all requests back. An Error: it does not take them, and goes on with /dev/fuse.
  Status start(int fuse_fd);
  bool started() const { return fuse_fd_ >= 0; }
  // What accept_ring() is to say. Not all slots are for requests that nobody waits for: those that a silent disk keeps
  // must not hold up everything else that is asked for on the same CPU.
  RingLimits limits() const { return {payload_bytes_, depth_ - kNotForBackground}; }

  int fd() const { return ring_.ring_fd; }  // readable when there are requests
  // The next request, in memory that is its own until it is answered. Empty: there is none now.
  std::span<std::uint8_t> next();
  // Whether this is the answer to one of them. It leaves by send(), and the memory of `parts` is free.
  bool answer(std::span<const iovec> parts);
  // Gives all answers to the kernel, by one system call; by none if there are none.
  void send();

 private:
  static constexpr unsigned kNotForBackground = 8;
  RequestRing(std::unique_ptr<RingSlots> slots, std::size_t payload_bytes, unsigned depth)
      : payload_bytes_(payload_bytes), depth_(depth), slots_(std::move(slots)) {}
  void command(RingSlot& slot, RingCommand what);

  const std::size_t payload_bytes_;
  const unsigned depth_;
  std::unique_ptr<RingSlots> slots_;
  io_uring ring_{};
  int fuse_fd_ = -1;
};

}  // namespace aoekit::fuse
