// The kernel-side filter of a packet socket: what reaches us is AoE, for this station, on this VLAN, of our role.
//
// A socket bound to EtherType 0x88a2 alone also gets frames of other VLANs, their tag already stripped, and on a
// promiscuous or bridged interface frames for other stations: serving them would open the disks to other networks.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "wire/address.h"

namespace aoekit::net {

// Which frames a port is for.
enum class PortRole : std::uint8_t {
  target,     // requests (Response flag clear)
  initiator,  // responses (Response flag set)
  observer,   // both
};

// Of the requests for single addresses those that one of `count` ports takes: (shelf * 256 + slot) % count == index.
// Requests with a wildcard are for all of them.
struct AddressShare {
  std::uint32_t index = 0;
  std::uint32_t count = 1;  // above index
};

// The addresses are searched as ranges, by halving: eleven comparisons for the most. Beyond this many, ranges with the
// smallest gaps are joined, so that requests for some other addresses pass too, and the target core sorts them out.
inline constexpr std::size_t kFilterRangesMax = 1000;

// Classic BPF for a SOCK_RAW packet socket. Frames pass that are of EtherType 0x88a2, not for another station and not
// sent by this one, without VLAN tag (or with VLAN 0, a mere priority), and of `role`. If there are `addresses`, of these
// only what is for one of them, wildcards included, or for an initiator from one of them. For a target only what is in
// `share`, and nothing at all when the share has none of the addresses. With a share, `addresses` may be those of all
// ports as well as the port's own. A program has four instructions a range (of 8 bytes each, which count against
// net.core.optmem_max) and a few more.
using MaybeAddresses = std::optional<std::vector<wire::AoeAddress>>;
std::vector<sock_filter> build_filter(PortRole role, const MaybeAddresses& addresses, AddressShare share = {},
                                      std::size_t ranges_max = kFilterRangesMax);

}  // namespace aoekit::net
