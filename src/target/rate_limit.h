// How much may be asked of an export, or by a client of it, in a second: token buckets that are told the time.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "target/limits.h"

namespace aoekit::target {

// Per second; 0: no limit.
struct RateLimit {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;

  bool is_none() const { return requests == 0 && bytes == 0; }
  bool operator==(const RateLimit&) const = default;
};

// What a request is charged. Only transfers are, those that need the disk.
struct Cost {
  std::uint64_t requests = 1;
  std::uint64_t bytes = 0;  // of data, in either direction
};

// One number of a limit. It is full at first, and holds what flows in during kRateBurst, at least one; whatever costs
// more than it holds passes when it is full and is paid for afterwards, so that the rate is exact at all sizes.
// Whole numbers only, so nothing is lost to rounding: it counts billionths, a unit times a nanosecond per second.
class TokenBucket {
 public:
  // REQUIRES (all) 0 < per_second.
  void refill(std::uint64_t per_second, Instant now);
  // As of the last refill.
  bool has(std::uint64_t cost, std::uint64_t per_second) const { return debt_ <= debt_allowed(cost, per_second); }
  // How long after the last refill it will have as much.
  Duration until(std::uint64_t cost, std::uint64_t per_second) const;
  // How long after the last refill that much in all will have passed, one after the other.
  Duration queue_time(std::uint64_t costs, std::uint64_t per_second) const;
  void take(std::uint64_t cost) { debt_ += cost * kUnit; }

 private:
  static constexpr std::uint64_t kUnit = 1'000'000'000;
  static std::uint64_t capacity(std::uint64_t per_second) {
    return std::max<std::uint64_t>(clamped(per_second) / kBurstsPerSecond, 1) * kUnit;
  }
  // Beyond, a limit is as good as none, and arithmetic ends.
  static std::uint64_t clamped(std::uint64_t per_second) { return std::min(per_second, kRateMax); }
  static Duration time_to_pay(std::uint64_t debt, std::uint64_t per_second);
  static std::uint64_t debt_allowed(std::uint64_t cost, std::uint64_t per_second) {
    const std::uint64_t most = capacity(per_second);
    return most - std::min(cost * kUnit, most);
  }

  std::uint64_t debt_ = 0;  // what is missing from a full bucket
  Instant refilled_at_{};
};

// The two buckets of a limit.
class RateLimiter {
 public:
  // Whether nothing in `limit` keeps `cost` from passing now.
  bool has(const RateLimit& limit, const Cost& cost, Instant now) {
    return limit.is_none() || has_slowly(limit, cost, now);
  }
  void take(const RateLimit& limit, const Cost& cost);
  // How long after the last has() it would have as much.
  Duration until(const RateLimit& limit, const Cost& cost) const;
  Duration queue_time(const RateLimit& limit, const Cost& costs) const;

 private:
  bool has_slowly(const RateLimit& limit, const Cost& cost, Instant now);

  TokenBucket requests_;
  TokenBucket bytes_;
};

}  // namespace aoekit::target
