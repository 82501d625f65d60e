// The data path of a packet port.
#include <algorithm>
#include <cerrno>

#include "net/packet_port.h"

namespace aoekit::net {
namespace {

// So often an empty ring may be looked at before the socket is asked whether it has an error, which makes it readable.
constexpr std::size_t kReceivesInVain = 64;

}  // namespace

std::span<const ByteView> PacketPort::receive() {
  if (!socket_.valid()) return {};
  if (ring_.valid()) return receive_from_ring();
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
  const std::span<const ByteView> frames(received_.data(), good);
  counters_.frames_received += good;
  counters_.bytes_received += total_bytes(frames);
  return frames;
}

std::span<const ByteView> PacketPort::receive_from_ring() {
  const std::span<const ByteView> frames = ring_.receive();
  counters_.frames_received += frames.size();
  counters_.bytes_received += total_bytes(frames);
  counters_.frames_truncated += ring_.take_truncated();
  if (!frames.empty()) {
    receives_in_vain_ = 0;
  } else if (++receives_in_vain_ % kReceivesInVain == 0) {
    clear_pending_error(socket_);
  }
  return frames;
}

template <class Frame>
void PacketPort::send_all(std::span<const Frame> frames) {
  if (!send_socket_.valid()) {
    counters_.send_drops += frames.size();
    return;
  }
  while (!frames.empty()) {
    const SendFormat format = cheapest_format(frames.front().size());
    const auto differs = [=](const Frame& frame) { return cheapest_format(frame.size()) != format; };
    const auto alike = static_cast<std::size_t>(std::find_if(frames.begin(), frames.end(), differs) - frames.begin());
    const std::span<const Frame> batch = frames.first(alike);
    const BatchSender::Sent sent = format == SendFormat::frame
                                       ? sender_.send(send_socket_.get(), batch)
                                       : large_sender_.send(large_socket_.get(), batch);
    counters_.frames_sent += sent.frames;
    counters_.bytes_sent += sent.bytes;
    counters_.send_drops += batch.size() - sent.frames;
    frames = frames.subspan(alike);
  }
}

template void PacketPort::send_all(std::span<const ByteView> frames);
template void PacketPort::send_all(std::span<const SplitFrame> frames);

}  // namespace aoekit::net
