// What an export keeps over restarts of the target: all that stations may change by AoE commands, as one value.
#pragma once

#include <string>
#include <vector>

#include "wire/mac_address.h"

namespace aoekit::target {

// Stations by MAC address, in the order in which they were added; at most 255 (wire limits).
using StationList = std::vector<wire::MacAddress>;
bool contains(const StationList& list, const wire::MacAddress& mac);

// Within the wire's limits: kConfigStringBytesMax, kMaskEntriesMax, kReserveEntriesMax.
struct PersistentState {
  std::string config_string = {};  // arbitrary bytes
  StationList mask = {};           // stations that may use the export; empty: all
  StationList reserved_for = {};   // stations that may use it now; empty: it is not reserved
  bool operator==(const PersistentState&) const = default;
};

}  // namespace aoekit::target
