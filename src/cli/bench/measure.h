// Runs a load for a time and measures it: what was answered, and the CPU time that it took on either side.
#pragma once

#include <functional>
#include <optional>

#include "base/result.h"
#include "base/time.h"
#include "cli/bench/load.h"

namespace aoekit::bench {

struct MeasureOptions {
  Duration warm_up{};  // not measured
  Duration length{};
  std::optional<int> target_pid{};  // a process of this machine whose CPU time is measured, too
  std::function<bool()> interrupted{};  // asked about twenty times a second; ends the run early. REQUIRED
  // Told about once a second how much of the run is over and what was answered in the last second.
  struct Progress {
    Duration elapsed{};  // since the measurement began; negative during the warm-up
    double requests_per_s = 0;
  };
  std::function<void(const Progress&)> progress{};  // may be empty
};

struct Measured {
  Tally tally;
  Duration elapsed{};
  Duration client_cpu{};               // of this process
  std::optional<Duration> target_cpu;  // of all threads that the process has or had
  bool interrupted = false;

  double requests_per_s() const;
  double bytes_per_s() const;
  // CPU time for each request, of which there is one at least, in microseconds.
  double us_per_request(Duration cpu) const;
};

// Fails when the load does, when the target's process cannot be found, or when nothing was answered at all.
Result<Measured> measure(Load& load, const MeasureOptions& options);

}  // namespace aoekit::bench
