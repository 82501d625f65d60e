// What the files under .sys say: the attributes that the Linux driver has in sysfs, as the aoetools read them.
// Twin of the table in aoefuse(8).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/aoekit.h"

namespace aoekit::fuse {

// Files of .sys/block/etherd!eS.L. Values are part of inode numbers.
enum class Attribute : std::uint8_t { dev, size, netif, state, payload, mac, firmware_version };
inline constexpr std::array<std::string_view, 7> kAttributeNames = {"dev",     "size", "netif",           "state",
                                                                    "payload", "mac",  "firmware-version"};

std::optional<Attribute> parse_attribute(std::string_view name);

enum class Opened : std::uint8_t { no, yes };

// The file's text with its newline. `index` numbers the disk as the driver numbers minors.
std::string attribute_text(Attribute attribute, const aoe_disk_status& status, std::uint32_t index, Opened opened);

// "etherd!e1.2"
inline constexpr std::string_view kSysDiskPrefix = "etherd!";

// .sys/module/aoe/parameters/aoe_iflist: names separated by spaces. `interfaces` has commas.
std::string interface_list_text(std::string_view interfaces);

}  // namespace aoekit::fuse
