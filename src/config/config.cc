// Comparing configurations, and naming the place where one was said.
#include "config/config.h"

#include <fmt/core.h>

#include <algorithm>

namespace aoekit::config {

std::string Place::to_string() const {
  if (line == 0) return file;
  return column == 0 ? fmt::format("{}:{}", file, line) : fmt::format("{}:{}:{}", file, line, column);
}

std::string Names::name_of(const wire::MacAddress& mac) const {
  const auto found = by_mac.find(mac);
  return found == by_mac.end() ? std::string() : found->second;
}

const ExportConfig* find_export(const Config& config, wire::AoeAddress address) {
  const auto found = std::lower_bound(config.exports.begin(), config.exports.end(), address,
                                      [](const ExportConfig& one, wire::AoeAddress at) { return one.address < at; });
  return found == config.exports.end() || found->address != address ? nullptr : &*found;
}

bool same(const ExportConfig& a, const ExportConfig& b) {
  return a.address == b.address && a.path == b.path && a.description == b.description &&
         a.interfaces == b.interfaces && a.first_sector == b.first_sector && a.length == b.length &&
         a.read_only == b.read_only && a.serial == b.serial && a.model == b.model && a.buffers == b.buffers &&
         a.durability == b.durability && a.caching == b.caching && a.sharing == b.sharing &&
         a.exclusive_timeout == b.exclusive_timeout && a.read_access == b.read_access &&
         a.write_access == b.write_access && a.limit == b.limit && a.client_limit == b.client_limit &&
         a.force == b.force;
}

}  // namespace aoekit::config
