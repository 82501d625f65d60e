// Tables and warnings of aoe-sancheck.
#include "aoetools/sancheck_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/units.h"
#include "wire/constants.h"

namespace aoekit::aoetools {
namespace {

constexpr const char* kRule = "==========================================\n";

void sort_paths(std::vector<SanPath>& paths) {
  const auto key = [](const SanPath& path) { return std::tie(path.address, path.interface, path.mac); };
  std::sort(paths.begin(), paths.end(), [&](const SanPath& a, const SanPath& b) { return key(a) < key(b); });
}

std::string heading(const char* title) { return fmt::format("{}{}\n{}", kRule, title, kRule); }

std::string plain_hex(const wire::MacAddress& mac) {
  std::string text;
  for (const std::uint8_t byte : mac.bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::string warnings(std::span<const SanInterface> interfaces, std::span<const SanPath> paths,
                     const std::set<std::size_t>& local, std::size_t mac_count, std::uint32_t sectors) {
  std::string text;
  if (local.size() != mac_count) text += "   Mismatched number of local vs remote interfaces\n";
  for (const SanPath& path : paths) {
    const SanInterface& interface = interfaces[path.interface];
    if (path.measured_sectors >= wire::sectors_advertised(interface.mtu_bytes)) continue;
    text += fmt::format("   The path {}->{} is only capable of {} byte payloads\n", interface.name, plain_hex(path.mac),
                        path.measured_sectors * kSectorBytes);
  }
  const SanInterface& first = interfaces[*local.begin()];
  for (const std::size_t index : local) {
    const SanInterface& interface = interfaces[index];
    if (wire::sectors_advertised(interface.mtu_bytes) < sectors) {
      text += fmt::format("   {}: MTU ({}) not set optimally for device's capable payload\n", interface.name,
                          interface.mtu_bytes);
    }
    if (interface.mtu_bytes != first.mtu_bytes) {
      text += fmt::format("   {}: MTU different from other interfaces ({} vs. {})\n", interface.name,
                          interface.mtu_bytes, first.mtu_bytes);
    }
  }
  return text;
}

std::string device_lines(std::span<const SanInterface> interfaces, std::span<const SanPath> paths) {
  std::set<std::size_t> local;
  std::set<wire::MacAddress> macs;
  std::uint32_t sectors = 0;
  for (const SanPath& path : paths) {
    local.insert(path.interface);
    macs.insert(path.mac);
    sectors = std::max(sectors, path.advertised_sectors);
  }
  std::string names;
  for (const std::size_t index : local) names += (names.empty() ? "" : ",") + interfaces[index].name;
  return fmt::format("{}\t{:4}\t{}\t{}\n", paths[0].address.to_string(), macs.size(), sectors * kSectorBytes, names) +
         warnings(interfaces, paths, local, macs.size(), sectors);
}

}  // namespace

std::string sancheck_report(std::span<const SanInterface> interfaces, std::vector<SanPath> paths) {
  sort_paths(paths);
  std::string text = heading("INTERFACE SUMMARY") + "Name\tStatus\tMTU\tPCI ID\n";
  for (const SanInterface& one : interfaces) {
    text += fmt::format("{}\t{}\t{}\t{}\n", one.name, one.up ? "UP" : "DN", one.mtu_bytes, one.pci_id);
  }
  text += heading("DEVICE SUMMARY") + "Device\tMacs\tPayload\tLocal Interfaces\n";
  for (auto first = paths.begin(); first != paths.end();) {
    const auto other = [&](const SanPath& one) { return one.address != first->address; };
    const auto end = std::find_if(first, paths.end(), other);
    text += device_lines(interfaces, {first, end});
    first = end;
  }
  return text;
}

std::string sancheck_paths(std::span<const SanInterface> interfaces, std::vector<SanPath> paths) {
  sort_paths(paths);
  std::string text;
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    text += interfaces[i].name + ":\n";
    for (const SanPath& path : paths) {
      if (path.interface != i) continue;
      text += fmt::format("{} {} {}\n", path.address.to_string(), plain_hex(path.mac), path.measured_sectors);
    }
    text += "\n";
  }
  return text;
}

}  // namespace aoekit::aoetools
