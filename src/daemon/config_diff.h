// What a newly read configuration changes: differences only, so that nobody else notices a reload.
#pragma once

#include <string>
#include <vector>

#include "daemon/config_files.h"

namespace aoekit::daemon {

struct ConfigDiff {
  std::vector<SharedExport> added;
  std::vector<SharedExport> changed;
  std::vector<wire::AoeAddress> removed;
  std::vector<std::string> at_next_start;  // the daemon's keys that differ and cannot change while it runs
};
// By address.
ConfigDiff diff(const ConfigFiles& before, const ConfigFiles& after);

}  // namespace aoekit::daemon
