// The arithmetic of token buckets.
#include "target/rate_limit.h"

namespace aoekit::target {

void TokenBucket::refill(std::uint64_t per_second, Instant now) {
  const Duration passed = now - refilled_at_;
  // A batch of frames is told the time once, so it may lie before that of the last tick.
  if (passed <= Duration::zero()) return;
  refilled_at_ = now;
  const std::uint64_t rate = clamped(per_second);
  const auto passed_ns = static_cast<std::uint64_t>(passed.count());
  // Compared by dividing: the product may be more than 64 bits hold.
  debt_ = debt_ / rate < passed_ns ? 0 : debt_ - passed_ns * rate;
}

Duration TokenBucket::until(std::uint64_t cost, std::uint64_t per_second) const {
  const std::uint64_t allowed = debt_allowed(cost, per_second);
  return time_to_pay(debt_ - std::min(debt_, allowed), per_second);
}

Duration TokenBucket::queue_time(std::uint64_t costs, std::uint64_t per_second) const {
  const std::uint64_t debt = debt_ + costs * kUnit;
  return time_to_pay(debt - std::min(debt, capacity(per_second)), per_second);
}

Duration TokenBucket::time_to_pay(std::uint64_t debt, std::uint64_t per_second) {
  const std::uint64_t rate = clamped(per_second);
  return Duration(static_cast<Duration::rep>(debt / rate + (debt % rate == 0 ? 0 : 1)));
}

bool RateLimiter::has_slowly(const RateLimit& limit, const Cost& cost, Instant now) {
  if (limit.requests != 0) requests_.refill(limit.requests, now);
  if (limit.bytes != 0) bytes_.refill(limit.bytes, now);
  return (limit.requests == 0 || requests_.has(cost.requests, limit.requests)) &&
         (limit.bytes == 0 || bytes_.has(cost.bytes, limit.bytes));
}

void RateLimiter::take(const RateLimit& limit, const Cost& cost) {
  if (limit.requests != 0) requests_.take(cost.requests);
  if (limit.bytes != 0) bytes_.take(cost.bytes);
}

Duration RateLimiter::until(const RateLimit& limit, const Cost& cost) const {
  Duration longest = Duration::zero();
  if (limit.requests != 0) longest = std::max(longest, requests_.until(cost.requests, limit.requests));
  if (limit.bytes != 0) longest = std::max(longest, bytes_.until(cost.bytes, limit.bytes));
  return longest;
}

Duration RateLimiter::queue_time(const RateLimit& limit, const Cost& costs) const {
  Duration longest = Duration::zero();
  if (limit.requests != 0) longest = std::max(longest, requests_.queue_time(costs.requests, limit.requests));
  if (limit.bytes != 0) longest = std::max(longest, bytes_.queue_time(costs.bytes, limit.bytes));
  return longest;
}

}  // namespace aoekit::target
