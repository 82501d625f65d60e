// Sleeping until a descriptor is readable, to the microsecond: poll(2) knows milliseconds only.
#pragma once

#include "base/result.h"
#include "base/time.h"

namespace aoekit::bench {

// Returns when `fd` is readable, a signal came, or it is `until` (CLOCK_MONOTONIC); at once if that has passed.
[[nodiscard]] Status wait_for(int fd, Instant until);

}  // namespace aoekit::bench
