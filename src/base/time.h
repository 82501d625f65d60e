// Time as a value: the cores are told it and never read a clock.
#pragma once

#include <chrono>

namespace aoekit {

using Duration = std::chrono::nanoseconds;

// The clock that Instant belongs to. It has no now(): production reads CLOCK_MONOTONIC in io/, the simulator makes it up.
struct CoreClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CoreClock, duration>;
  static constexpr bool is_steady = true;
};

// Nanoseconds since an arbitrary start; only differences mean anything.
using Instant = CoreClock::time_point;

}  // namespace aoekit
