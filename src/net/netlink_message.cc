// Attributes of RTM_NEWLINK.
#include "net/netlink_message.h"

#include <net/if.h>
#include <sys/socket.h>

namespace aoekit::net {
namespace {

ByteView find_attribute(ByteView attributes, unsigned short type) {
  while (const auto header = copy_front<rtattr>(attributes)) {
    if (header->rta_len < sizeof(rtattr) || header->rta_len > attributes.size()) break;
    if ((header->rta_type & NLA_TYPE_MASK) == type) {
      return attributes.subspan(sizeof(rtattr), header->rta_len - sizeof(rtattr));
    }
    attributes = after_aligned(attributes, header->rta_len);
  }
  return {};
}

}  // namespace

std::optional<LinkHeader> link_header_from(ByteView body) {
  const auto info = copy_front<ifinfomsg>(body);
  if (!info || info->ifi_family != AF_UNSPEC) return std::nullopt;
  return LinkHeader{*info, after_aligned(body, sizeof(ifinfomsg))};
}

std::optional<InterfaceState> interface_state_from(const LinkHeader& header) {
  const ByteView name = find_attribute(header.attributes, IFLA_IFNAME);
  const auto mtu_bytes = copy_front<std::uint32_t>(find_attribute(header.attributes, IFLA_MTU));
  if (name.empty() || !mtu_bytes) return std::nullopt;
  InterfaceState state;
  state.name.assign(name.begin(), std::find(name.begin(), name.end(), std::uint8_t{0}));
  state.index = header.info.ifi_index;
  state.hardware_type = header.info.ifi_type;
  state.mtu_bytes = *mtu_bytes;
  const ByteView mac = find_attribute(header.attributes, IFLA_ADDRESS);
  if (mac.size() == state.mac.bytes.size()) state.mac = wire::MacAddress::from_bytes(mac);
  constexpr unsigned kUsable = IFF_UP | IFF_RUNNING;
  state.up = (header.info.ifi_flags & kUsable) == kUsable;
  return state;
}

}  // namespace aoekit::net
