// Broadcasts, and IDENTIFY requests that are padded on purpose: targets must ignore what follows the used part.
#include "aoetools/sancheck_probe.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "aoetools/files.h"
#include "io/clock.h"
#include "net/interface.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::aoetools {
namespace {

constexpr unsigned kDiscoveryRounds = 2;
constexpr Duration kDiscoveryRound = std::chrono::seconds(1);
constexpr unsigned kMeasureRounds = 3;
constexpr Duration kMeasureRound = std::chrono::milliseconds(300);
constexpr std::uint8_t kIdentifyDevice = 0xec, kDeviceRegister = 0xa0;
constexpr std::uint32_t kSizeBits = 0xff;  // of a tag: how many sectors the request was padded with
static_assert(wire::kSectorsPerFrameMax <= kSizeBits);

// "8086:10fb"
std::string pci_id(const std::string& name) {
  const std::string device = "/sys/class/net/" + name + "/device/";
  const auto vendor = read_value(device + "vendor"), model = read_value(device + "device");
  if (!vendor || !model || !vendor->starts_with("0x") || !model->starts_with("0x")) return "";
  return vendor->substr(2) + ":" + model->substr(2);
}

void ask_everybody(WireLink& link, std::uint32_t tag) {
  const auto header = tool_header(link.info(), wire::Command::config, wire::kBroadcastMac, wire::kEverybody, tag);
  std::array<std::uint8_t, wire::kMinFrameBytes> frame{};
  link.send(wire::encode(frame, header, wire::ConfigBody{}));
}

// The path that a config response tells of; nothing if it is something else.
std::optional<SanPath> path_from(const wire::Header& header, ByteView frame, std::size_t interface) {
  if (header.is_error() || header.command != static_cast<std::uint8_t>(wire::Command::config)) return std::nullopt;
  const auto body = wire::decode_body(header, frame);
  const auto* config = body ? std::get_if<wire::ConfigBody>(&*body) : nullptr;
  if (config == nullptr || !header.address.is_valid_target()) return std::nullopt;
  const std::uint32_t sectors = config->sectors_per_frame == 0 ? 2 : config->sectors_per_frame;
  return SanPath{interface, header.address, header.source, sectors, 0};
}

void add_once(std::vector<SanPath>& paths, const SanPath& path) {
  const auto same = [&](const SanPath& one) {
    return one.interface == path.interface && one.address == path.address && one.mac == path.mac;
  };
  if (std::none_of(paths.begin(), paths.end(), same)) paths.push_back(path);
}

// Requests of `most` sectors down to `least`, large ones first.
void send_padded(WireLink& link, const SanPath& path, std::uint32_t tag, std::uint32_t most, std::uint32_t least) {
  std::vector<std::uint8_t> frame(wire::kFrameBytesMax);
  const std::vector<std::uint8_t> padding(std::size_t{most} * kSectorBytes);
  for (std::uint32_t sectors = most; sectors >= least; --sectors) {
    const auto header = tool_header(link.info(), wire::Command::ata, path.mac, path.address, tag | sectors);
    wire::AtaBody body;
    body.count = 1;
    body.command_or_status = kIdentifyDevice;
    body.lba[3] = kDeviceRegister;
    body.data = ByteView(padding).first(std::size_t{sectors} * kSectorBytes);
    link.send(wire::encode(frame, header, body));
  }
}

}  // namespace

Result<std::vector<SanInterface>> san_interfaces() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return fail_errno(errno, "cannot list the network interfaces");
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<SanInterface> interfaces;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_PACKET) continue;
    if ((entry->ifa_flags & (IFF_LOOPBACK | IFF_NOARP)) != 0) continue;
    const auto state = net::query_interface(entry->ifa_name);
    if (!state) continue;  // gone meanwhile
    interfaces.push_back({.name = state->name,
                          .up = (entry->ifa_flags & IFF_UP) != 0,
                          .mtu_bytes = state->mtu_bytes,
                          .pci_id = pci_id(state->name)});
  }
  std::sort(interfaces.begin(), interfaces.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return interfaces;
}

std::vector<SanPath> find_paths(std::span<std::optional<WireLink>> links) {
  std::vector<SanPath> paths;
  const std::uint32_t tag = random_tag();
  for (unsigned round = 0; round < kDiscoveryRounds; ++round) {
    for (auto& link : links) {
      if (link) ask_everybody(*link, tag);
    }
    const Instant deadline = io::monotonic_now() + kDiscoveryRound;
    // While one link is waited for, the others' sockets keep what comes.
    for (std::size_t i = 0; i < links.size(); ++i) {
      if (!links[i]) continue;
      static_cast<void>(links[i]->wait(deadline, [&](const wire::Header& header, ByteView frame) {
        if (header.tag != tag) return false;
        if (const auto path = path_from(header, frame, i)) add_once(paths, *path);
        return false;
      }));
    }
  }
  return paths;
}

std::uint32_t measure_path(WireLink& link, const SanPath& path) {
  const std::uint32_t most = wire::sectors_advertised(link.info().mtu_bytes);
  const std::uint32_t tag = random_tag() & ~kSizeBits;
  std::uint32_t best = 0;
  for (unsigned round = 0; round < kMeasureRounds && best < most; ++round) {
    send_padded(link, path, tag, most, best + 1);
    static_cast<void>(link.wait(io::monotonic_now() + kMeasureRound, [&](const wire::Header& header, ByteView) {
      if ((header.tag & ~kSizeBits) != tag || header.source != path.mac || header.is_error()) return false;
      best = std::max(best, header.tag & kSizeBits);
      return best == most;
    }));
  }
  return best;
}

}  // namespace aoekit::aoetools
