// Sending many frames by few system calls.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>

#include "base/bytes.h"

namespace aoekit::net {

// One thread. Allocates nothing.
class BatchSender {
 public:
  static constexpr std::size_t kBatchFrames = 64;

  BatchSender();
  BatchSender(const BatchSender&) = delete;
  BatchSender& operator=(const BatchSender&) = delete;

  // Sends all frames on a packet socket and returns how many the interface took. It waits a few milliseconds at most
  // for an interface whose queue is full; what is refused after that, or for being too long, is skipped.
  std::size_t send(int fd, std::span<const ByteView> frames);

 private:
  std::size_t send_batch(int fd, std::span<const ByteView> frames);

  std::array<mmsghdr, kBatchFrames> headers_{};
  std::array<iovec, kBatchFrames> parts_{};
};

}  // namespace aoekit::net
