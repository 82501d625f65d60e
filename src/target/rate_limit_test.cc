// Token buckets over simulated time: exact at every rate and size.
#include "target/rate_limit.h"

#include <gtest/gtest.h>

namespace aoekit::target {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::uint64_t kRates[] = {1, 7, 1000, 999'999, 123'456'789, 10'000'000'000, kRateMax};
constexpr std::uint64_t kCosts[] = {1, 512, 4096, 8704, 130'560};

// Takes `cost` whenever there is as much, for as long as `count` times take. Returns the time from the first on.
Duration time_for(std::uint64_t count, std::uint64_t cost, std::uint64_t per_second, TokenBucket& bucket,
                  Instant& now) {
  const Instant start = now;
  for (std::uint64_t i = 0; i < count; ++i) {
    bucket.refill(per_second, now);
    if (!bucket.has(cost, per_second)) {
      now += bucket.until(cost, per_second);
      bucket.refill(per_second, now);
    }
    EXPECT_TRUE(bucket.has(cost, per_second));
    bucket.take(cost);
  }
  return now - start;
}

TEST(TokenBucket, IsExactAtAllRatesAndSizes) {
  for (const std::uint64_t rate : kRates) {
    for (const std::uint64_t cost : kCosts) {
      SCOPED_TRACE(std::to_string(cost) + " at " + std::to_string(rate) + " a second");
      TokenBucket bucket;
      Instant now = Instant{} + hours(1);
      constexpr std::uint64_t kCount = 1000;
      bucket.refill(rate, now);
      bucket.take(std::max<std::uint64_t>(rate / kBurstsPerSecond, 1));  // the burst
      time_for(2, cost, rate, bucket, now);
      const Duration took = time_for(kCount, cost, rate, bucket, now);
      const double expected = 1e9 * static_cast<double>(kCount * cost) / static_cast<double>(rate);
      EXPECT_NEAR(static_cast<double>(took.count()), expected, 1e-6 * expected + kCount);
    }
  }
}

TEST(TokenBucket, LooksAreNoCost) {
  TokenBucket bucket;
  Instant now{};
  time_for(100, 1, 100, bucket, now);
  // Refilled every nanosecond or at once: the same.
  TokenBucket often = bucket;
  for (int i = 0; i < 100'000; ++i) often.refill(100, now + nanoseconds(100) * i);
  often.refill(100, now + milliseconds(10));
  bucket.refill(100, now + milliseconds(10));
  EXPECT_EQ(often.until(5, 100), bucket.until(5, 100));
}

TEST(TokenBucket, HoldsATenthOfASecondAndOneAtLeast) {
  TokenBucket bucket;
  Instant now = Instant{} + hours(1);
  EXPECT_EQ(time_for(100, 1, 1000, bucket, now), Duration::zero());
  EXPECT_FALSE(bucket.has(1, 1000));
  now += hours(10000);
  EXPECT_EQ(time_for(100, 1, 1000, bucket, now), Duration::zero()) << "no more after a long pause";
  EXPECT_FALSE(bucket.has(1, 1000));
  TokenBucket slow;
  EXPECT_EQ(time_for(1, 1, 1, slow, now), Duration::zero());
  EXPECT_EQ(slow.until(1, 1), seconds(1));
}

TEST(TokenBucket, WhatCostsMoreThanItHoldsPassesWhenItIsFullAndIsPaidForLater) {
  TokenBucket bucket;
  Instant now = Instant{} + hours(1);
  EXPECT_EQ(time_for(1, 4096, 1024, bucket, now), Duration::zero());
  EXPECT_EQ(bucket.until(4096, 1024), seconds(4));
  EXPECT_EQ(bucket.queue_time(8192, 1024), seconds(12) - milliseconds(100) + Duration(390'625)) << "less what it holds";
}

TEST(TokenBucket, TimeThatGoesBackGivesNothing) {
  TokenBucket bucket;
  Instant now = Instant{} + hours(1);
  time_for(100, 1, 1000, bucket, now);
  for (int i = 0; i < 1000; ++i) bucket.refill(1000, i % 2 == 0 ? now : now - seconds(1));
  EXPECT_EQ(bucket.until(1, 1000), milliseconds(1));
}

TEST(RateLimiter, TheScarcerOfTheTwoDecides) {
  const RateLimit limit{1000, 4'096'000};
  RateLimiter small, large;
  const Instant now = Instant{} + hours(1);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(small.has(limit, {1, 512}, now));
    small.take(limit, {1, 512});
  }
  EXPECT_EQ(small.until(limit, {1, 512}), milliseconds(1));
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(large.has(limit, {1, 8192}, now));
    large.take(limit, {1, 8192});
  }
  EXPECT_EQ(large.until(limit, {1, 8192}), milliseconds(2));
  RateLimiter none;
  EXPECT_TRUE(none.has(RateLimit{}, {1, UINT32_MAX}, now));
  EXPECT_EQ(none.until(RateLimit{}, {1, UINT32_MAX}), Duration::zero());
}

}  // namespace
}  // namespace aoekit::target
