// aoed from its command line to its end: reads, opens, gives up privileges, serves, reloads, finishes.
#pragma once

#include "base/result.h"
#include "daemon/aoed_options.h"

namespace aoekit::daemon {

// Serves until SIGTERM or SIGINT and then has answered and synced all that was accepted. An Error names what kept it
// from starting, or what went wrong at the end. The calling thread must be the only one.
Status run_aoed(const AoedOptions& options);

// Prints what is wrong with the configuration; whether it can be used.
bool check_aoed_config(const AoedOptions& options);

}  // namespace aoekit::daemon
