// How long an answer takes, and so how long to wait for one (Jacobson's estimate, Karn's back-off; RFC 6298).
#pragma once

#include <optional>

#include "base/time.h"
#include "initiator/limits.h"

namespace aoekit::initiator {

// One path's estimate. Responses to frames that were sent more than once must not be sampled: the tag is the same in
// all copies, so nobody can say which one was answered.
class RttEstimator {
 public:
  explicit RttEstimator(const RetransmitOptions& options) : options_(options) {}

  // A frame that was sent once was answered after `round_trip`. Ends the back-off.
  void sample(Duration round_trip);
  // A frame that had been sent `times_sent` times (>= 1) got no answer in time: until the next sample every timeout of
  // this path is at least as long as that frame's next one. Without this, a path that became slower than the estimate
  // would have all its frames sent twice and never get a sample.
  void timed_out(unsigned times_sent);

  // The wait after the `times_sent`-th sending (>= 1) of a frame.
  Duration timeout(unsigned times_sent) const;
  // The same for a first sending, without any back-off: after that an answer is overdue.
  Duration overdue_after() const;
  // Nothing before the first sample.
  std::optional<Duration> smoothed() const { return smoothed_; }

 private:
  RetransmitOptions options_;
  std::optional<Duration> smoothed_;
  Duration deviation_{};
  unsigned backoff_ = 0;  // doublings that apply to every frame
};

}  // namespace aoekit::initiator
