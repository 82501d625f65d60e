// Exports that come over the control socket: the keys of an export's table as JSON, checked as those of the files are.
#pragma once

#include <string_view>

#include "config/config.h"
#include "config/problem.h"

namespace aoekit::config {

// `settings_json` is an object whose keys and values are those of an export's table in aoed.toml(5), e.g.
// {"path": "/dev/sdb", "limit": {"requests": 100}}; without `address`. Any bytes may come. `now` has what the files say
// (defaults, names, interfaces) and, as `exports`, those that are being served. The problems' places are empty.

// What is not said comes from now.defaults. Refuses an address that is there.
Checked<ExportConfig> parse_new_export(wire::AoeAddress address, std::string_view settings_json, const Config& now);

// What is not said stays as it is in now.exports; null means the default again. Refuses an address that is not there.
Checked<ExportConfig> parse_changed_export(wire::AoeAddress address, std::string_view settings_json, const Config& now);

}  // namespace aoekit::config
