// The histogram against the sorted latencies themselves.
#include "cli/bench/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "base/prng.h"

namespace aoekit::bench {
namespace {

constexpr double kQuantiles[] = {0, 0.01, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};

// What the histogram is to say, from the values themselves.
Duration exact(const std::vector<Duration>& sorted, double fraction) {
  const double rank = std::ceil(fraction * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

TEST(LatencyHistogram, EmptyIsZero) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.min(), Duration{});
  EXPECT_EQ(histogram.max(), Duration{});
  EXPECT_EQ(histogram.mean(), Duration{});
  EXPECT_EQ(histogram.quantile(0.5), Duration{});
}

TEST(LatencyHistogram, OneValueIsAllQuantiles) {
  for (const std::int64_t ns : {0L, 1L, 127L, 128L, 255L, 256L, 12'345L, 987'654'321L, 3'000'000'000'000L}) {
    LatencyHistogram histogram;
    histogram.add(Duration{ns});
    for (const double fraction : kQuantiles) EXPECT_EQ(histogram.quantile(fraction), Duration{ns}) << ns;
    EXPECT_EQ(histogram.mean(), Duration{ns});
  }
}

TEST(LatencyHistogram, NegativeIsZero) {
  LatencyHistogram histogram;
  histogram.add(Duration{-5});
  EXPECT_EQ(histogram.max(), Duration{});
  EXPECT_EQ(histogram.count(), 1U);
}

// Each value alone between a smaller and a larger one, so that the clamp at the ends does not hide its bucket's bounds.
TEST(LatencyHistogram, BucketsAreNarrow) {
  for (std::int64_t ns = 1; ns < std::int64_t{1} << LatencyHistogram::kValueBits; ns += 1 + ns / 97) {
    LatencyHistogram histogram;
    histogram.add(Duration{0});
    histogram.add(Duration{ns});
    histogram.add(Duration::max());
    const std::int64_t found = histogram.quantile(0.5).count();
    ASSERT_GE(found, ns);
    ASSERT_LE(found, ns + ns / 128) << ns;
  }
}

TEST(LatencyHistogram, QuantilesOfRandomValues) {
  Prng prng(20);
  LatencyHistogram histogram;
  std::vector<Duration> values;
  for (int i = 0; i < 100'000; ++i) {
    // From nanoseconds to seconds, each power of two as likely as another.
    const std::uint64_t bits = prng.below(32);
    values.emplace_back(static_cast<std::int64_t>(prng.below(std::uint64_t{2} << bits)));
    histogram.add(values.back());
  }
  std::sort(values.begin(), values.end());
  EXPECT_EQ(histogram.count(), values.size());
  EXPECT_EQ(histogram.min(), values.front());
  EXPECT_EQ(histogram.max(), values.back());
  for (const double fraction : kQuantiles) {
    const Duration truth = exact(values, fraction);
    EXPECT_GE(histogram.quantile(fraction), truth) << fraction;
    EXPECT_LE(histogram.quantile(fraction), truth + truth / 128) << fraction;
  }
}

}  // namespace
}  // namespace aoekit::bench
