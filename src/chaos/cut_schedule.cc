// Drawing one gap a period.
#include "chaos/cut_schedule.h"

#include "base/check.h"
#include "chaos/draw.h"

namespace aoekit::chaos {

CutSchedule::CutSchedule(const CutOptions& options, std::uint64_t seed, Instant start)
    : options_(options), prng_(seed), period_start_(start) {
  AOEKIT_CHECK(options.period > Duration{} && options.length.longest <= options.period);
  plan();
}

bool CutSchedule::silent_at(Instant now) {
  while (now >= period_start_ + options_.period) {
    period_start_ += options_.period;
    plan();
  }
  return now >= gap_start_ && now < gap_end_;
}

void CutSchedule::plan() {
  const Duration length = draw(options_.length, prng_.next());
  gap_start_ = period_start_ + draw({Duration{}, options_.period - length}, prng_.next());
  gap_end_ = gap_start_ + length;
}

}  // namespace aoekit::chaos
