// The data path of a packet port.
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "net/packet_port.h"

namespace aoekit::net {
namespace {

// A lost reply costs a Linux client up to 16 seconds, so that a few milliseconds for a full queue are well spent; but
// a stuck interface must not hold up the others.
constexpr int kSendPausesMax = 4;
constexpr int kSendPauseMs = 1;

// Waits a moment for room; an interface queue that refuses (ENOBUFS) says nothing when it drains.
void pause_for_room(int fd, int os_error) {
  pollfd wait = {fd, POLLOUT, 0};
  const bool can_tell = os_error == EAGAIN;
  const int ready = ::poll(&wait, can_tell ? 1 : 0, kSendPauseMs);
  AOEKIT_CHECK(ready >= 0 || errno == EINTR || errno == ENOMEM);
}

}  // namespace

std::span<const ByteView> PacketPort::receive() {
  if (!socket_.valid()) return {};
  int count = 0;
  do {
    count = ::recvmmsg(socket_.get(), receive_headers_.data(), kBatchFrames, MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  // EAGAIN: nothing there. ENETDOWN and ENXIO tell once that the interface went down or away: refresh() will see it.
  if (count <= 0) return {};
  std::size_t good = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const mmsghdr& header = receive_headers_[i];
    if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++counters_.frames_truncated;
      continue;
    }
    received_[good++] = ByteView(memory_.get() + i * frame_bytes_, header.msg_len);
  }
  counters_.frames_received += good;
  return {received_.data(), good};
}

void PacketPort::send(std::span<const ByteView> frames) {
  if (!socket_.valid()) {
    counters_.send_drops += frames.size();
    return;
  }
  for (; frames.size() > kBatchFrames; frames = frames.subspan(kBatchFrames)) send_batch(frames.first(kBatchFrames));
  send_batch(frames);
}

void PacketPort::send_batch(std::span<const ByteView> frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    send_parts_[i] = {const_cast<std::uint8_t*>(frames[i].data()), frames[i].size()};
  }
  std::size_t next = 0;
  int pauses = 0;
  while (next < frames.size()) {
    const int sent = ::sendmmsg(socket_.get(), send_headers_.data() + next,
                                static_cast<unsigned>(frames.size() - next), MSG_DONTWAIT);
    if (sent > 0) {
      next += static_cast<std::size_t>(sent);
      counters_.frames_sent += static_cast<std::size_t>(sent);
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if ((error == EAGAIN || error == ENOBUFS) && pauses < kSendPausesMax) {
      ++pauses;
      pause_for_room(socket_.get(), error);
      continue;
    }
    // This frame is refused (too long for the MTU, interface down); the next one may be not.
    ++counters_.send_drops;
    ++next;
  }
}

}  // namespace aoekit::net
