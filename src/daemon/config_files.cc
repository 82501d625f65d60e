// A sorted list of exports.
#include "daemon/config_files.h"

#include <algorithm>
#include <utility>

namespace aoekit::daemon {
namespace {

// The place of `address` in the list, or where it would be.
template <class Exports>
auto place_of(Exports& exports, wire::AoeAddress address) {
  return std::ranges::lower_bound(exports, address, {}, [](const SharedExport& one) { return one->address; });
}

}  // namespace

ConfigFiles::ConfigFiles(config::Config read) : rest(std::move(read)) {
  const std::vector<config::ExportConfig> said = std::exchange(rest.exports, {});
  exports.reserve(said.size());
  for (const config::ExportConfig& one : said) exports.push_back(std::make_shared<const config::ExportConfig>(one));
}

SharedExport ConfigFiles::find(wire::AoeAddress address) const {
  const auto found = place_of(exports, address);
  return found == exports.end() || (*found)->address != address ? nullptr : *found;
}

config::Config ConfigFiles::about(wire::AoeAddress address) const {
  config::Config said = rest;
  if (const SharedExport exported = find(address)) said.exports.push_back(*exported);
  return said;
}

void ConfigFiles::set(SharedExport exported) {
  const auto at = place_of(exports, exported->address);
  if (at != exports.end() && (*at)->address == exported->address) {
    *at = std::move(exported);
  } else {
    exports.insert(at, std::move(exported));
  }
}

void ConfigFiles::forget(wire::AoeAddress address) {
  std::erase_if(exports, [&](const SharedExport& one) { return one->address == address; });
}

}  // namespace aoekit::daemon
