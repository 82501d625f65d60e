// A station on real interfaces.
#include "cli/interfaces.h"
#include "cli/station.h"
#include "net/packet_port.h"

namespace aoekit::cli {
namespace {

// Answers that may wait while a tool is busy: a thousand targets that answer one broadcast, or a full window.
constexpr std::size_t kReceiveFrames = 1024;

}  // namespace

Result<Station> Station::open(const std::vector<std::string>& interfaces, Interrupt* interrupt) {
  const auto present = list_interfaces();
  if (!present) return tl::unexpected(present.error());
  const auto chosen = choose_interfaces(interfaces, *present);
  if (!chosen) return tl::unexpected(chosen.error());
  std::vector<std::unique_ptr<net::FramePort>> ports;
  for (const std::string& name : *chosen) {
    auto port = net::PacketPort::open(
        {.interface = name, .role = net::PortRole::initiator, .receive_frames = kReceiveFrames});
    if (!port) return tl::unexpected(port.error());
    ports.push_back(std::move(*port));
  }
  return Station(std::move(ports), interrupt);
}

}  // namespace aoekit::cli
