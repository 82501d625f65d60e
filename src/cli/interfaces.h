// Which network interfaces a tool uses when it is not told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace aoekit::cli {

// An interface as the kernel lists it.
struct InterfaceFact {
  std::string name;
  bool ethernet = false;
  bool loopback = false;
  bool up = false;  // administratively up and with carrier
};

// All interfaces of this network namespace.
Result<std::vector<InterfaceFact>> list_interfaces();

// The interfaces to use: `wanted` in its order without repetitions, or, if it is empty, every Ethernet interface that
// is up, loopback excepted. Fails when a wanted one does not exist, or when none is usable.
Result<std::vector<std::string>> choose_interfaces(const std::vector<std::string>& wanted,
                                                   const std::vector<InterfaceFact>& present);

}  // namespace aoekit::cli
