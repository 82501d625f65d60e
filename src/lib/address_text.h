// Addresses and interface lists as people write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/address.h"

namespace aoekit::lib {

struct ParsedAddress {
  wire::AoeAddress address;
  std::vector<std::string> interfaces;  // empty: none named
};

// "e1.2", "1.2", "aoe://1.2", "aoe://eth0/1.2", "aoe://eth0,eth1/e1.2". Only one real target: no wildcards.
Result<ParsedAddress> parse_disk_address(std::string_view text);

// "eth0,eth1"; empty for "".
Result<std::vector<std::string>> parse_interfaces(std::string_view text);

}  // namespace aoekit::lib
