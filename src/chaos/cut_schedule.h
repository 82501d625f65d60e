// When the link is silent: one gap in each period, drawn from a seed.
#pragma once

#include <cstdint>

#include "base/prng.h"
#include "base/time.h"
#include "chaos/fault_options.h"

namespace aoekit::chaos {

class CutSchedule {
 public:
  // Periods follow each other from `start` on.
  CutSchedule(const CutOptions& options, std::uint64_t seed, Instant start);

  // Whether the link is silent at `now`, which never goes back.
  bool silent_at(Instant now);

 private:
  void plan();  // the gap of the period that begins at period_start_

  CutOptions options_;
  Prng prng_;
  Instant period_start_;
  Instant gap_start_{};
  Instant gap_end_{};
};

}  // namespace aoekit::chaos
