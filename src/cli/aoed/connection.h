// What the subcommands for a running aoed share: its socket, their options, and how refusals are told.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "control/client.h"

namespace CLI {
class App;
}

namespace aoekit::cli {

struct DaemonOptions {
  std::string socket;     // default: that of a DaemonConfig
  double timeout_s = 10;  // of one request
  bool json = false;

  DaemonOptions();
};
// Adds --socket, --timeout and --json.
void add_daemon_options(CLI::App& app, DaemonOptions& options);

// Connects to the daemon and calls `work`; whatever is refused is reported. Returns the exit status: kExitFailed, or
// kExitUsage where the daemon says that the request makes no sense.
int with_daemon(const DaemonOptions& options, const std::function<control::Answer<int>(control::Client&)>& work);
// "aoe: MESSAGE", with the hint where force would help; returns the exit status.
int report(const control::Refusal& refusal);

// Prints what a change has brought: its notes, or as JSON the result as it came.
control::Answer<int> print_notes(const DaemonOptions& options, const control::Answer<control::Json>& result);

}  // namespace aoekit::cli
