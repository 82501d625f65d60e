// poll(2) around a packet port.
#include "aoetools/wire_link.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <thread>

#include "io/clock.h"
#include "net/packet_port.h"
#include "wire/decode.h"

namespace aoekit::aoetools {
namespace {

constexpr std::size_t kReceiveFrames = 1024;  // a thousand targets that answer one broadcast
constexpr unsigned kLinkTries = 12;
constexpr auto kLinkTry = std::chrono::milliseconds(100);
constexpr std::size_t kBatchesMax = 1000;
constexpr Duration kPollMax = std::chrono::minutes(1);

int poll_timeout(Instant now, Instant deadline) {
  const Duration left = deadline == kForever ? kPollMax : std::min<Duration>(deadline - now, kPollMax);
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

}  // namespace

Result<WireLink> WireLink::open(const std::string& interface) {
  auto port = net::PacketPort::open(
      {.interface = interface, .role = net::PortRole::initiator, .receive_frames = kReceiveFrames});
  if (!port) return tl::unexpected(port.error());
  // The kernel says so up to a second late, and a tool that runs right after "ip link set up" should not have to know.
  for (unsigned i = 0; !(*port)->info().up && i < kLinkTries; ++i) {
    std::this_thread::sleep_for(kLinkTry);
    if (Status status = (*port)->refresh(); !status) return tl::unexpected(status.error());
  }
  if (!(*port)->info().up) {
    return tl::unexpected(Error{fmt::format("the network interface '{}' is down or has no carrier (remedy: ip "
                                            "link set {} up, and look at the cable)", interface, interface), ENETDOWN});
  }
  return WireLink(std::move(*port));
}

bool WireLink::wait(Instant deadline, const Take& take) {
  for (std::size_t batches = 0;; ++batches) {
    const std::span<const ByteView> frames = port_->receive();
    for (const ByteView frame : frames) {
      const auto header = wire::decode_header(frame);
      if (header && header->is_response() && take(*header, frame)) return true;
    }
    const Instant now = io::monotonic_now();
    // What came before the deadline still counts, but a flood does not hold us.
    if (now >= deadline && (frames.empty() || batches >= kBatchesMax)) return false;
    if (!frames.empty()) continue;
    pollfd source{.fd = port_->fd(), .events = POLLIN, .revents = 0};
    static_cast<void>(::poll(&source, 1, poll_timeout(now, deadline)));  // an interruption is a wait that was short
  }
}

wire::Header tool_header(const net::PortInfo& port, wire::Command command, wire::MacAddress destination,
                         wire::AoeAddress address, std::uint32_t tag) {
  wire::Header header;
  header.destination = destination;
  header.source = port.mac;
  header.address = address;
  header.command = static_cast<std::uint8_t>(command);
  header.tag = kToolTag | tag;
  return header;
}

std::uint32_t random_tag() { return kToolTag | std::random_device{}(); }

}  // namespace aoekit::aoetools
