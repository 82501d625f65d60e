// A query like any initiator's; every target answers at once, so that a third of a second is long.
#include "daemon/address_probe.h"

#include <poll.h>

#include <array>
#include <cerrno>

#include "io/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::daemon {
namespace {

constexpr int kQueries = 3;
// User-space programs set the top bit: the Linux driver on this machine then leaves the answers alone.
constexpr std::uint32_t kTag = 0x80616f65U;

// Who among the frames at hand answered as `address`.
std::optional<wire::MacAddress> responder(net::FramePort& port, wire::AoeAddress address) {
  for (const ByteView frame : port.receive()) {
    const auto header = responder_in(frame);
    if (header && header->address == address) return header->source;
  }
  return std::nullopt;
}

}  // namespace

std::optional<wire::Header> responder_in(ByteView frame) {
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response()) return std::nullopt;
  return *header;
}

void send_query(net::FramePort& port, wire::AoeAddress address) {
  std::array<std::uint8_t, wire::kMinFrameBytes> memory;
  wire::Header header;
  header.destination = wire::kBroadcastMac;
  header.source = port.info().mac;
  header.address = address;
  header.command = static_cast<std::uint8_t>(wire::Command::config);
  header.tag = kTag;
  const ByteView query = wire::encode(memory, header, wire::ConfigBody{});
  port.send({&query, 1});
}

Result<std::optional<wire::MacAddress>> find_other_target(net::FramePort& port, wire::AoeAddress address,
                                                          Duration patience) {
  for (int i = 0; i < kQueries; ++i) {
    send_query(port, address);
    const Instant deadline = io::monotonic_now() + patience / kQueries;
    for (Instant now = io::monotonic_now(); now < deadline; now = io::monotonic_now()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
      pollfd wait{port.fd(), POLLIN, 0};
      const int ready = ::poll(&wait, 1, static_cast<int>(left.count()));
      if (ready < 0 && errno != EINTR) return fail_errno(errno, "cannot wait for {}", port.info().name);
      if (ready <= 0) continue;
      if (const auto mac = responder(port, address)) return mac;
    }
  }
  return std::nullopt;
}

}  // namespace aoekit::daemon
