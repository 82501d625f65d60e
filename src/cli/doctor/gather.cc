// Interfaces, and the order in which everything is looked at.
#include "cli/doctor/gather.h"

#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

#include "net/interface.h"
#include "net/packet_port.h"

namespace aoekit::cli::doctor {
namespace {

constexpr unsigned kCarrier = 1U << 16;  // IFF_LOWER_UP of <linux/if.h>, which cannot be included beside <net/if.h>

// Answers that may wait while we are busy: a thousand targets that answer one broadcast, or a full window.
constexpr std::size_t kReceiveFrames = 1024;

bool wanted(const std::string& name, const std::vector<std::string>& named) {
  return named.empty() || std::find(named.begin(), named.end(), name) != named.end();
}

InterfaceFacts facts_of(const ifaddrs& entry, const std::vector<std::string>& named) {
  sockaddr_ll link{};
  std::memcpy(&link, entry.ifa_addr, sizeof link);
  InterfaceFacts one;
  one.name = entry.ifa_name;
  one.ethernet = net::speaks_ethernet(link.sll_hatype);
  one.named = !named.empty();
  one.enabled = (entry.ifa_flags & IFF_UP) != 0;
  one.carrier = (entry.ifa_flags & kCarrier) != 0;
  std::memcpy(one.mac.bytes.data(), link.sll_addr, one.mac.bytes.size());
  if (const auto state = net::query_interface(one.name)) one.mtu_bytes = state->mtu_bytes;
  const std::filesystem::path directory = std::filesystem::path("/sys/class/net") / one.name;
  std::error_code ignored;  // without sysfs there is nothing to say of bridges
  one.is_bridge = std::filesystem::is_directory(directory / "bridge", ignored);
  if (std::filesystem::is_directory(directory / "brport", ignored)) {
    one.bridge = std::filesystem::read_symlink(directory / "master", ignored).filename().string();
  }
  return one;
}

std::uint64_t packets_sent(const std::string& name) {
  std::ifstream file("/sys/class/net/" + name + "/statistics/tx_packets");
  std::uint64_t count = 0;
  file >> count;
  return count;
}

Result<Station> open_station(std::vector<InterfaceFacts>& interfaces, Interrupt* interrupt) {
  std::vector<std::unique_ptr<net::FramePort>> ports;
  for (InterfaceFacts& one : interfaces) {
    if (!one.exists || !one.ethernet || !one.enabled || !one.carrier) continue;
    auto port = net::PacketPort::open(
        {.interface = one.name, .role = net::PortRole::initiator, .receive_frames = kReceiveFrames});
    if (!port) return tl::unexpected(port.error());
    one.probed = true;
    ports.push_back(std::move(*port));
  }
  if (ports.empty()) return fail("no interface can be used");
  return Station(std::move(ports), interrupt);
}

// What the targets on an interface may have on their way at once, and whether a program like this one could hold it.
Status measure_buffers(Facts& facts) {
  for (InterfaceFacts& one : facts.interfaces) {
    std::size_t frames = 0;
    for (const PathFacts& path : facts.paths) frames += path.interface == one.name ? path.buffers : 0;
    if (!one.probed || frames == 0) continue;
    const auto port = net::PacketPort::open(
        {.interface = one.name, .role = net::PortRole::initiator, .receive_frames = frames});
    if (!port) return tl::unexpected(port.error());
    one.buffer_wanted_bytes = (*port)->receive_buffer().wanted_bytes;
    one.buffer_granted_bytes = (*port)->receive_buffer().granted_bytes;
  }
  return {};
}

}  // namespace

Result<std::vector<InterfaceFacts>> gather_interfaces(const std::vector<std::string>& named) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return fail_errno(errno, "cannot list the network interfaces");
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<InterfaceFacts> interfaces;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_PACKET) continue;
    InterfaceFacts one = facts_of(*entry, named);
    if (named.empty() && ((entry->ifa_flags & IFF_LOOPBACK) != 0 || !one.ethernet)) continue;
    if (wanted(one.name, named)) interfaces.push_back(std::move(one));
  }
  for (const std::string& name : named) {
    const auto same = [&](const InterfaceFacts& one) { return one.name == name; };
    if (std::any_of(interfaces.begin(), interfaces.end(), same)) continue;
    InterfaceFacts missing;
    missing.name = name;
    missing.exists = false;
    missing.named = true;
    interfaces.push_back(std::move(missing));
  }
  return interfaces;
}

Result<Facts> gather(const GatherOptions& options, Interrupt* interrupt) {
  Facts facts;
  auto interfaces = gather_interfaces(options.interfaces);
  if (!interfaces) return tl::unexpected(interfaces.error());
  facts.interfaces = std::move(*interfaces);
  facts.local = gather_local();
  gather_firewall(facts);
  auto station = open_station(facts.interfaces, interrupt);
  if (!station && station.error().os_error != 0) return tl::unexpected(station.error());
  if (!station) return facts;  // the interfaces' states say why
  std::vector<std::uint64_t> before;
  for (const InterfaceFacts& one : facts.interfaces) before.push_back(packets_sent(one.name));
  gather_paths(*station, options, facts);
  for (std::size_t i = 0; i < facts.interfaces.size(); ++i) {
    facts.interfaces[i].packets_sent = packets_sent(facts.interfaces[i].name) - before[i];
  }
  if (station->interrupted()) return tl::unexpected(Error{"interrupted", EINTR});
  if (Status status = measure_buffers(facts); !status) return tl::unexpected(status.error());
  return facts;
}

}  // namespace aoekit::cli::doctor
