// What the configuration files say, as long as aoed runs.
#pragma once

#include <memory>
#include <vector>

#include "config/config.h"

namespace aoekit::daemon {

// Kept once by all that need it: of thousands of exports it is a good part of the memory.
using SharedExport = std::shared_ptr<const config::ExportConfig>;

struct ConfigFiles {
  explicit ConfigFiles(config::Config read);

  // Null without one.
  SharedExport find(wire::AoeAddress address) const;
  // All but the other exports: for what config/save.h asks about the one at this address.
  config::Config about(wire::AoeAddress address) const;
  // In place of the one at its address, if there is one.
  void set(SharedExport exported);
  void forget(wire::AoeAddress address);

  config::Config rest;                // all but the exports, of which it has none
  std::vector<SharedExport> exports;  // by address, ascending, no address twice
};

}  // namespace aoekit::daemon
