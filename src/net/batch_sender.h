// Sending many frames by few system calls.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "net/packet_socket.h"

namespace aoekit::net {

// One thread. Allocates nothing.
class BatchSender {
 public:
  static constexpr std::size_t kBatchFrames = 64;

  // For sockets of this format.
  explicit BatchSender(SendFormat format);
  BatchSender(const BatchSender&) = delete;
  BatchSender& operator=(const BatchSender&) = delete;

  struct Sent {
    std::size_t frames = 0;
    std::size_t bytes = 0;
  };
  // Sends all frames on a packet socket and returns what the interface took of them. It waits a few milliseconds at most
  // for an interface whose queue is full; what is refused after that, or for being too long, is skipped.
  Sent send(int fd, std::span<const ByteView> frames);

 private:
  Sent send_batch(int fd, std::span<const ByteView> frames);

  std::array<mmsghdr, kBatchFrames> headers_{};
  const SendFormat format_;
  std::array<VnetHeader, kBatchFrames> vnet_headers_{};
  std::array<std::array<iovec, 2>, kBatchFrames> parts_{};  // without a header only the second is used
};

}  // namespace aoekit::net
