// The arithmetic of the round-trip estimate.
#include "initiator/rtt_estimator.h"

#include <algorithm>

#include "base/check.h"

namespace aoekit::initiator {
namespace {

constexpr unsigned kDoublingsMax = 16;  // far beyond any sensible rto_max / rto_min

}  // namespace

void RttEstimator::sample(Duration round_trip) {
  round_trip = std::max(round_trip, Duration{0});
  if (!smoothed_) {
    smoothed_ = round_trip;
    deviation_ = round_trip / 2;
  } else {
    const Duration error = round_trip - *smoothed_;
    deviation_ += (std::chrono::abs(error) - deviation_) / 4;
    *smoothed_ += error / 8;
  }
  backoff_ = 0;
}

void RttEstimator::timed_out(unsigned times_sent) {
  backoff_ = std::max(backoff_, std::min(times_sent, kDoublingsMax));
}

Duration RttEstimator::timeout(unsigned times_sent) const {
  AOEKIT_CHECK(times_sent >= 1);
  const unsigned doublings = std::min(std::max(times_sent - 1, backoff_), kDoublingsMax);
  return std::min(overdue_after() * (1U << doublings), options_.rto_max);
}

Duration RttEstimator::overdue_after() const {
  // Twice the average on top of the usual 4 deviations: disks answer less evenly than networks.
  const Duration base = smoothed_ ? 2 * *smoothed_ + 4 * deviation_ : options_.rto_initial;
  return std::clamp(base, options_.rto_min, options_.rto_max);
}

}  // namespace aoekit::initiator
