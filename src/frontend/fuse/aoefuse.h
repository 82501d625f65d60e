// aoefuse from its options to its end.
#pragma once

#include "base/result.h"
#include "frontend/fuse/options.h"

namespace aoekit::fuse {

// Mounts, serves until unmounted or told to end by a signal, and leaves everything in order.
Status run_aoefuse(const Options& options);

}  // namespace aoekit::fuse
