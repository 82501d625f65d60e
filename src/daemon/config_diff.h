// What a newly read configuration changes: differences only, so that nobody else notices a reload.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace aoekit::daemon {

struct ConfigDiff {
  std::vector<config::ExportConfig> added;
  std::vector<config::ExportConfig> changed;
  std::vector<wire::AoeAddress> removed;
  std::vector<std::string> at_next_start;  // the daemon's keys that differ and cannot change while it runs
};
// By address; REQUIRES what Config says of its exports' order.
ConfigDiff diff(const config::Config& before, const config::Config& after);

}  // namespace aoekit::daemon
