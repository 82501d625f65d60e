// When requests start: as soon as one may (closed loop), or at fixed times whatever the target does (open loop).
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace aoekit::bench {

// Open loop: request i is due at `first` + i / rate. Its latency counts from then even if it could only start later,
// because a target that was slow for a moment has kept it waiting, as it would have kept a real client ("coordinated
// omission" is the name for leaving that out). One thread.
class Schedule {
 public:
  static Schedule closed_loop() { return Schedule(Instant{}, 0); }
  // REQUIRES rate_per_s > 0.
  static Schedule open_loop(Instant first, double rate_per_s) { return Schedule(first, rate_per_s); }

  // Takes the next request if it is due: the time from which its latency counts.
  std::optional<Instant> take(Instant now) {
    if (rate_per_s_ <= 0) return now;
    const Instant due = due_at(taken_);
    if (due > now) return std::nullopt;
    ++taken_;
    return due;
  }
  // When the next one is due; nothing in a closed loop.
  std::optional<Instant> next_due() const {
    return rate_per_s_ > 0 ? std::optional(due_at(taken_)) : std::nullopt;
  }

 private:
  Schedule(Instant first, double rate_per_s) : first_(first), rate_per_s_(rate_per_s) {}
  // From the start each time: adding up rounded intervals would drift.
  Instant due_at(std::uint64_t index) const {
    return first_ + Duration{static_cast<std::int64_t>(static_cast<double>(index) * 1e9 / rate_per_s_)};
  }

  Instant first_;
  double rate_per_s_;  // 0: closed loop
  std::uint64_t taken_ = 0;
};

}  // namespace aoekit::bench
