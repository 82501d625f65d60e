// Reading CLOCK_MONOTONIC.
#include "io/clock.h"

#include <time.h>

#include "base/check.h"

namespace aoekit::io {

Instant monotonic_now() {
  timespec now{};
  // Fails only for a clock that does not exist or a bad pointer: neither can happen here.
  AOEKIT_CHECK(::clock_gettime(CLOCK_MONOTONIC, &now) == 0);
  return Instant(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace aoekit::io
