// Sending many frames by few system calls.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "net/frame_port.h"
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

  // How large frames may be made up from now on; several pieces until then.
  void set_pieces(Pieces pieces) { pieces_ = pieces; }

  struct Sent {
    std::size_t frames = 0;
    std::size_t bytes = 0;
  };
  // Sends all frames (ByteView or SplitFrame) on a packet socket and returns what the interface took of them. It waits
  // a few milliseconds at most for an interface whose queue is full; what is refused after that, or for being too long,
  // or for data that are not there any more, is skipped.
  template <class Frame>
  Sent send(int fd, std::span<const Frame> frames);

 private:
  template <class Frame>
  Sent send_batch(int fd, std::span<const Frame> frames);
  void describe(std::size_t index, const SplitFrame& frame);

  std::array<mmsghdr, kBatchFrames> headers_{};
  const SendFormat format_;
  Pieces pieces_ = Pieces::several;
  std::array<VnetHeader, kBatchFrames> vnet_headers_{};
  std::array<std::array<iovec, 3>, kBatchFrames> parts_{};  // VnetHeader, which not all formats have; head; data
};

}  // namespace aoekit::net
