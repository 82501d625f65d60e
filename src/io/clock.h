// The clock of production: the only place where CLOCK_MONOTONIC becomes an Instant.
#pragma once

#include "base/time.h"

namespace aoekit::io {

// Now, by CLOCK_MONOTONIC. Any thread. Read it once a turn of the loop and hand the value down.
Instant monotonic_now();

}  // namespace aoekit::io
