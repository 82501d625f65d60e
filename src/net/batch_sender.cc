// sendmmsg, and patience with a full queue.
#include "net/batch_sender.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"

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

BatchSender::BatchSender(SendFormat format) : format_(format) {
  for (std::size_t i = 0; i < kBatchFrames; ++i) {
    parts_[i][0] = {&vnet_headers_[i], sizeof vnet_headers_[i]};
    headers_[i].msg_hdr.msg_iov = &parts_[i][format == SendFormat::frame ? 1 : 0];
  }
}

template <class Frame>
BatchSender::Sent BatchSender::send(int fd, std::span<const Frame> frames) {
  Sent sent;
  while (!frames.empty()) {
    const std::span<const Frame> batch = frames.first(std::min(frames.size(), kBatchFrames));
    const Sent of_batch = send_batch(fd, batch);
    sent.frames += of_batch.frames;
    sent.bytes += of_batch.bytes;
    frames = frames.subspan(batch.size());
  }
  return sent;
}

void BatchSender::describe(std::size_t index, const SplitFrame& frame) {
  // sendmmsg takes pointers to what it does not change.
  parts_[index][1] = {const_cast<std::uint8_t*>(frame.head.data()), frame.head.size()};
  parts_[index][2] = {const_cast<std::uint8_t*>(frame.data.data()), frame.data.size()};
  const bool has_header = format_ == SendFormat::vnet_header_and_frame;
  if (has_header) vnet_headers_[index] = cheapest_header(frame.size(), pieces_);
  headers_[index].msg_hdr.msg_iovlen = (has_header ? 2U : 1U) + (frame.data.empty() ? 0U : 1U);
}

template <class Frame>
BatchSender::Sent BatchSender::send_batch(int fd, std::span<const Frame> frames) {
  Sent taken{.frames = frames.size(), .bytes = 0};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    describe(i, {frames[i]});
    taken.bytes += frames[i].size();
  }
  std::size_t next = 0;
  int pauses = 0;
  while (next < frames.size()) {
    const int sent = ::sendmmsg(fd, headers_.data() + next, static_cast<unsigned>(frames.size() - next), MSG_DONTWAIT);
    if (sent > 0) {
      next += static_cast<std::size_t>(sent);
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if ((error == EAGAIN || error == ENOBUFS) && pauses < kSendPausesMax) {
      ++pauses;
      pause_for_room(fd, error);
      continue;
    }
    // This frame is refused (too long for the MTU, interface down, its data gone); the next one may be not.
    --taken.frames;
    taken.bytes -= frames[next].size();
    ++next;
  }
  return taken;
}

template BatchSender::Sent BatchSender::send(int fd, std::span<const ByteView> frames);
template BatchSender::Sent BatchSender::send(int fd, std::span<const SplitFrame> frames);

}  // namespace aoekit::net
