// The kernel-side filter of a packet socket: what reaches us is AoE, for this station, on this VLAN, of our role.
//
// A socket bound to EtherType 0x88a2 alone also gets frames of other VLANs, their tag already stripped, and on a
// promiscuous or bridged interface frames for other stations: serving them would open the disks to other networks.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wire/address.h"

namespace aoekit::net {

// Which frames a port is for.
enum class PortRole : std::uint8_t {
  target,     // requests (Response flag clear)
  initiator,  // responses (Response flag set)
  observer,   // both
};

// Above this many addresses the filter lets requests for any address pass, and the target core sorts them out.
inline constexpr std::size_t kFilteredAddressesMax = 32;

// Classic BPF for a SOCK_RAW packet socket. Frames pass that are of EtherType 0x88a2, not for another station and not
// sent by this one, without VLAN tag (or with VLAN 0, a mere priority), and of `role`. For a target, if `addresses`
// has 1 to kFilteredAddressesMax entries, only those that address one of them, wildcards included; `addresses` is
// not looked at for other roles.
std::vector<sock_filter> build_filter(PortRole role, std::span<const wire::AoeAddress> addresses);

}  // namespace aoekit::net
