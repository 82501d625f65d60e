// Who may use an export, and who of those may change it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "wire/mac_address.h"

namespace aoekit::target {

// Stations that may do something: those in `allow` (empty: all) that are not in `deny`. Both sorted.
struct AccessList {
  std::vector<wire::MacAddress> allow = {};
  std::vector<wire::MacAddress> deny = {};

  bool permits(const wire::MacAddress& station) const {
    return (allow.empty() || std::ranges::binary_search(allow, station)) &&
           (deny.empty() || !std::ranges::binary_search(deny, station));
  }
  bool operator==(const AccessList&) const = default;
};

// A station that may not read gets silence, to discovery too, as one that a mask list leaves out. To one that may read
// and not write the disk is a read-only one, and the lists that AoE's own commands edit are not its to change.
struct AccessPolicy {
  AccessList read = {};
  AccessList write = {};

  bool may_read(const wire::MacAddress& station) const { return read.permits(station); }
  bool may_write(const wire::MacAddress& station) const { return write.permits(station) && may_read(station); }
  bool operator==(const AccessPolicy&) const = default;
};

// Whether several stations may write an export.
enum class Sharing : std::uint8_t {
  single,     // not meant to be: a second writer is an event
  shared,     // meant to be
  exclusive,  // must not be: the first writer holds the export, and it is read-only to all others
};

}  // namespace aoekit::target
