// What the kernel says about a network interface, asked by name.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "wire/mac_address.h"

namespace aoekit::net {

struct InterfaceState {
  std::string name;
  int index = 0;
  std::uint16_t hardware_type = 0;  // ARPHRD_...
  wire::MacAddress mac;
  std::uint32_t mtu_bytes = 0;  // without the Ethernet header
  bool up = false;              // administratively up and with carrier

  bool operator==(const InterfaceState&) const = default;
};

// Whether frames of this hardware type (ARPHRD_...) begin with an Ethernet header.
bool speaks_ethernet(std::uint16_t hardware_type);

// The present state. An Error with os_error ENODEV, which lists the interfaces there are, when `name` is none.
// Any thread; concerns the calling thread's network namespace.
Result<InterfaceState> query_interface(const std::string& name);

// Whether it sends a frame from several places in memory (ethtool's scatter-gather); else the kernel copies it together
// first. Drivers that do not tell are taken for ones that can. Threads as above.
bool gathers_frames(const std::string& name);

}  // namespace aoekit::net
