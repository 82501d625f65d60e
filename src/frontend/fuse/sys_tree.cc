// The formats of the Linux driver, drivers/block/aoe/aoeblk.c being what scripts were written against.
#include "frontend/fuse/sys_tree.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <vector>

namespace aoekit::fuse {
namespace {

constexpr unsigned kMajor = 152;
constexpr unsigned kMinorsPerDisk = 16;
constexpr std::size_t kInterfacesShown = 8;  // the driver's limit a target

bool is_up(const aoe_disk_status& status) {
  // The driver calls a disk up until it has been silent for aoe_deadsecs.
  return status.state == AOE_DISK_UP || status.state == AOE_DISK_SILENT;
}

std::span<const aoe_path_status> paths_of(const aoe_disk_status& status) {
  return {status.paths, std::min<std::size_t>(status.path_count, AOE_PATHS_MAX)};
}

std::string interfaces_of(const aoe_disk_status& status) {
  std::vector<std::string_view> names;
  for (const aoe_path_status& path : paths_of(status)) {
    if (path.state == AOE_PATH_REFUSED || path.state == AOE_PATH_DOWN) continue;
    if (std::find(names.begin(), names.end(), path.interface) == names.end()) names.emplace_back(path.interface);
  }
  if (names.empty()) return "none";
  names.resize(std::min(names.size(), kInterfacesShown));
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ',';
    text += name;
  }
  return text;
}

std::string mac_of(const aoe_disk_status& status) {
  const auto paths = paths_of(status);
  if (paths.empty()) return "none";
  const auto& mac = paths[0].mac;
  return fmt::format("{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

std::string state_of(const aoe_disk_status& status, Opened opened) {
  if (is_up(status)) return "up";
  return opened == Opened::yes ? "down,closewait" : "down";
}

std::string value(Attribute attribute, const aoe_disk_status& status, std::uint32_t index, Opened opened) {
  switch (attribute) {
    case Attribute::dev: return fmt::format("{}:{}", kMajor, index * kMinorsPerDisk);
    case Attribute::size: return fmt::format("{}", is_up(status) ? status.size_bytes / AOE_SECTOR_BYTES : 0);
    case Attribute::netif: return interfaces_of(status);
    case Attribute::state: return state_of(status, opened);
    case Attribute::payload: return fmt::format("{}", status.payload_bytes);
    case Attribute::mac: return mac_of(status);
    case Attribute::firmware_version: return fmt::format("0x{:04x}", status.config_firmware);
  }
  return {};
}

}  // namespace

std::optional<Attribute> parse_attribute(std::string_view name) {
  const auto found = std::find(kAttributeNames.begin(), kAttributeNames.end(), name);
  if (found == kAttributeNames.end()) return std::nullopt;
  return static_cast<Attribute>(found - kAttributeNames.begin());
}

std::string attribute_text(Attribute attribute, const aoe_disk_status& status, std::uint32_t index, Opened opened) {
  return value(attribute, status, index, opened) + "\n";
}

std::string interface_list_text(std::string_view interfaces) {
  std::string text(interfaces);
  std::replace(text.begin(), text.end(), ',', ' ');
  return text + "\n";
}

}  // namespace aoekit::fuse
