// A load: something that keeps requests on their way to targets and counts what comes back. Two kinds, wire_load.h and
// job_load.h.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "cli/bench/latency_histogram.h"
#include "cli/bench/workload.h"

namespace aoekit::bench {

// What was answered.
struct Tally {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t queries = 0;
  std::uint64_t bytes = 0;            // of data, both directions
  std::uint64_t errors = 0;           // of the requests above: answered with an error or with too little data
  std::uint64_t retransmissions = 0;  // frames
  std::uint64_t dropped_here = 0;     // frames that this machine's interface refused or had no room for
  LatencyHistogram latency;

  std::uint64_t requests() const { return reads + writes + queries; }

  enum class Outcome : std::uint8_t { good, failed };
  void add(const Request& request, Outcome outcome, Duration time) {
    switch (request.kind) {
      case Kind::read: ++reads; break;
      case Kind::write: ++writes; break;
      case Kind::query: ++queries; break;
    }
    if (outcome == Outcome::good) {
      bytes += request.range.count.bytes();
    } else {
      ++errors;
    }
    latency.add(time);
  }
};

// What to do while there is nothing to do.
enum class Waiting : std::uint8_t { asleep, spinning };

// One thread. The one virtual call is of a turn, not of a request.
class Load {
 public:
  virtual ~Load() = default;

  // Starts what is due, takes what has come; if nothing has, sleeps until something does, a request is due, or `until`.
  // An Error when the load cannot go on: a target that is silent for long.
  [[nodiscard]] virtual Status turn(Instant until) = 0;

  virtual Tally tally() const = 0;
  // Counts from zero. Requests that are on their way will be counted.
  virtual void reset_tally() = 0;
};

}  // namespace aoekit::bench
