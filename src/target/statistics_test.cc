// Latency buckets, quantiles, and what a done request adds to which number.
#include "target/statistics.h"

#include <gtest/gtest.h>

namespace aoekit::target {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(LatencyHistogram, EachLatencyIsBelowItsBucketsBoundAndNotBelowTheOneBefore) {
  for (std::size_t i = 0; i < LatencyHistogram::kBuckets; ++i) {
    SCOPED_TRACE(i);
    LatencyHistogram histogram;
    const Duration bound = LatencyHistogram::bound(i);
    histogram.add(bound - nanoseconds(1));
    EXPECT_EQ(histogram.counts[i], 1U);
    histogram.add(bound);
    const bool is_last = i + 1 == LatencyHistogram::kBuckets;
    EXPECT_EQ(histogram.counts[is_last ? i : i + 1], is_last ? 2U : 1U);
    EXPECT_EQ(histogram.total(), 2U);
    EXPECT_EQ(histogram.sum_ns, static_cast<std::uint64_t>(2 * bound.count() - 1));
  }
}

TEST(LatencyHistogram, TheLongestAndTheShortestHaveABucket) {
  LatencyHistogram histogram;
  histogram.add(Duration::zero());
  histogram.add(std::chrono::hours(1000));
  EXPECT_EQ(histogram.counts.front(), 1U);
  EXPECT_EQ(histogram.counts.back(), 1U);
}

TEST(LatencyHistogram, QuantilesAreUpperBounds) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.quantile(0.99), Duration::zero());
  for (int i = 0; i < 90; ++i) histogram.add(microseconds(3));
  for (int i = 0; i < 10; ++i) histogram.add(microseconds(100));
  EXPECT_EQ(histogram.quantile(0.5), microseconds(4));
  EXPECT_EQ(histogram.quantile(0.9), microseconds(4));
  EXPECT_EQ(histogram.quantile(0.91), microseconds(128));
  EXPECT_EQ(histogram.quantile(1), microseconds(128));
}

TEST(IoStatistics, EachKindHasItsOwnNumbers) {
  IoStatistics statistics;
  statistics.add({block::OpKind::read, 4096, microseconds(5), 0});
  statistics.add({block::OpKind::write, 512, microseconds(7), 0});
  statistics.add({block::OpKind::write, 0, microseconds(7), 1});
  statistics.add({block::OpKind::flush, 0, microseconds(9), 0});
  statistics.add({block::OpKind::trim, 0, microseconds(9), 0});
  EXPECT_EQ(statistics.reads, 1U);
  EXPECT_EQ(statistics.read_bytes, 4096U);
  EXPECT_EQ(statistics.writes, 2U);
  EXPECT_EQ(statistics.written_bytes, 512U);
  EXPECT_EQ(statistics.flushes, 1U);
  EXPECT_EQ(statistics.trims, 1U);
  EXPECT_EQ(statistics.errors, 1U);
  EXPECT_EQ(statistics.read_latency.total(), 1U);
  EXPECT_EQ(statistics.write_latency.total(), 2U);
}

}  // namespace
}  // namespace aoekit::target
