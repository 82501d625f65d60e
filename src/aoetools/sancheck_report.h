// The report of aoe-sancheck: pure text, from what was found.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::aoetools {

// A local network interface.
struct SanInterface {
  std::string name;
  bool up = false;              // administratively
  std::uint32_t mtu_bytes = 0;
  std::string pci_id{};         // "8086:10fb"; empty where it is no PCI device
};

// One way to a target: through one of our interfaces to one of its MAC addresses.
struct SanPath {
  std::size_t interface = 0;  // index
  wire::AoeAddress address;
  wire::MacAddress mac;
  std::uint32_t advertised_sectors = 0;  // in a frame
  std::uint32_t measured_sectors = 0;    // the most that got through
};

// All of it after "Probing...done.\n". The paths may come in any order.
std::string sancheck_report(std::span<const SanInterface> interfaces, std::vector<SanPath> paths);
// What -v adds: each interface with its paths.
std::string sancheck_paths(std::span<const SanInterface> interfaces, std::vector<SanPath> paths);

}  // namespace aoekit::aoetools
