// Interface facts through the SIOCGIF... ioctls, which every kernel has and which need no privilege.
#include "net/interface.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/bytes.h"
#include "base/fd.h"

namespace aoekit::net {
namespace {

std::string names_of_interfaces() {
  const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> list(::if_nameindex(), &::if_freenameindex);
  std::string names;
  for (const struct if_nameindex* entry = list.get(); entry != nullptr && entry->if_name != nullptr; ++entry) {
    if (!names.empty()) names += ", ";
    names += entry->if_name;
  }
  return names.empty() ? "none" : names;
}

tl::unexpected<Error> no_such_interface(const std::string& name) {
  return tl::unexpected(Error{fmt::format("no interface '{}' (there are: {})", name, names_of_interfaces()), ENODEV});
}

// The kernel would cut an alias like "eth0:1" down to "eth0".
bool can_be_a_name(const std::string& name) {
  return !name.empty() && name.size() < IFNAMSIZ && name.find_first_of(":/") == std::string::npos;
}

// One question about an interface.
Result<ifreq> ask(const Fd& socket, const std::string& name, unsigned long question) {
  ifreq request{};
  std::copy(name.begin(), name.end(), request.ifr_name);
  if (::ioctl(socket.get(), question, &request) == 0) return request;
  if (errno == ENODEV) return no_such_interface(name);
  return fail_errno(errno, "cannot ask for the state of interface '{}'", name);
}

}  // namespace

bool speaks_ethernet(std::uint16_t hardware_type) {
  return hardware_type == ARPHRD_ETHER || hardware_type == ARPHRD_LOOPBACK;
}

Result<InterfaceState> query_interface(const std::string& name) {
  if (!can_be_a_name(name)) return no_such_interface(name);
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));  // any family passes these questions on
  if (!socket.valid()) return fail_errno(errno, "cannot open a socket to ask for interface '{}'", name);
  const auto index = ask(socket, name, SIOCGIFINDEX);
  if (!index) return tl::unexpected(index.error());
  const auto hardware = ask(socket, name, SIOCGIFHWADDR);
  if (!hardware) return tl::unexpected(hardware.error());
  const auto mtu = ask(socket, name, SIOCGIFMTU);
  if (!mtu) return tl::unexpected(mtu.error());
  const auto flags = ask(socket, name, SIOCGIFFLAGS);
  if (!flags) return tl::unexpected(flags.error());
  constexpr int kUsable = IFF_UP | IFF_RUNNING;
  InterfaceState state;
  state.name = name;
  state.index = index->ifr_ifindex;
  state.hardware_type = hardware->ifr_hwaddr.sa_family;
  std::memcpy(state.mac.bytes.data(), hardware->ifr_hwaddr.sa_data, state.mac.bytes.size());
  state.mtu_bytes = static_cast<std::uint32_t>(mtu->ifr_mtu);
  state.up = (flags->ifr_flags & kUsable) == kUsable;
  return state;
}

bool gathers_frames(const std::string& name) {
  if (!can_be_a_name(name)) return true;
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_value scatter_gather{.cmd = ETHTOOL_GSG, .data = 0};
  ifreq request{};
  std::copy(name.begin(), name.end(), request.ifr_name);
  request.ifr_data = reinterpret_cast<char*>(&scatter_gather);
  return ::ioctl(socket.get(), SIOCETHTOOL, &request) != 0 || scatter_gather.data != 0;
}

}  // namespace aoekit::net
