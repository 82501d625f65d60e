// Listing interfaces through getifaddrs, which honours network namespaces where /sys may not.
#include "cli/interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace aoekit::cli {
namespace {

// IFF_LOWER_UP of <linux/if.h>, which cannot be included beside <net/if.h>: there is carrier. IFF_RUNNING says the same
// up to a second later, and a tool that runs right after "ip link set up" should not have to know.
constexpr unsigned kCarrier = 1U << 16;

}  // namespace

Result<std::vector<InterfaceFact>> list_interfaces() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return fail_errno(errno, "cannot list the network interfaces");
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<InterfaceFact> facts;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_PACKET) continue;
    sockaddr_ll link{};
    std::memcpy(&link, entry->ifa_addr, sizeof link);
    facts.push_back({.name = entry->ifa_name,
                     .ethernet = link.sll_hatype == ARPHRD_ETHER,
                     .loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0,
                     .up = (entry->ifa_flags & IFF_UP) != 0 && (entry->ifa_flags & kCarrier) != 0});
  }
  return facts;
}

Result<std::vector<std::string>> choose_interfaces(const std::vector<std::string>& wanted,
                                                   const std::vector<InterfaceFact>& present) {
  std::vector<std::string> chosen;
  for (const std::string& name : wanted) {
    const auto fact = std::find_if(present.begin(), present.end(), [&](const auto& one) { return one.name == name; });
    if (fact == present.end()) return fail("there is no network interface '{}' (see: ip link)", name);
    if (!fact->up) return fail("the network interface '{}' is down (remedy: ip link set {} up)", name, name);
    if (std::find(chosen.begin(), chosen.end(), name) == chosen.end()) chosen.push_back(name);
  }
  if (!wanted.empty()) return chosen;
  for (const InterfaceFact& fact : present) {
    if (fact.ethernet && !fact.loopback && fact.up) chosen.push_back(fact.name);
  }
  if (chosen.empty()) return fail("no Ethernet interface is up (see: ip link; or name one with -i)");
  return chosen;
}

}  // namespace aoekit::cli
