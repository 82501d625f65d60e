// One export on one interface, in the foreground: what vblade does once its command line is understood.
#pragma once

#include "base/result.h"
#include "daemon/vblade_options.h"

namespace aoekit::daemon {

// Serves until SIGTERM or SIGINT and then has answered and synced all that was accepted. An Error names what kept it
// from starting, or what went wrong at the end. Blocks these signals in the calling thread, which must be the only one.
Status run_vblade(const VbladeOptions& options);

}  // namespace aoekit::daemon
