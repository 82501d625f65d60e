// The arithmetic of buckets: the first 128 hold one nanosecond each; then each 128 are twice as wide as those before.
#include "cli/bench/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace aoekit::bench {

std::size_t LatencyHistogram::bucket_of(std::uint64_t ns) {
  ns = std::min(ns, (std::uint64_t{1} << kValueBits) - 1);
  if (ns < kSubBuckets) return static_cast<std::size_t>(ns);
  // The highest eight bits: a one, and which of the 128 parts of this power of two it is.
  const auto shift = static_cast<unsigned>(std::bit_width(ns)) - (kSubBits + 1);
  return shift * kSubBuckets + static_cast<std::size_t>(ns >> shift);
}

std::uint64_t LatencyHistogram::last_ns_of(std::size_t bucket) {
  if (bucket < 2 * kSubBuckets) return bucket;
  const std::size_t shift = bucket / kSubBuckets - 1;
  return ((kSubBuckets + bucket % kSubBuckets + 1) << shift) - 1;
}

void LatencyHistogram::add(Duration latency) {
  latency = std::max(latency, Duration{});
  ++counts_[bucket_of(static_cast<std::uint64_t>(latency.count()))];
  ++count_;
  sum_ns_ += static_cast<std::uint64_t>(latency.count());
  min_ = std::min(min_, latency);
  max_ = std::max(max_, latency);
}

Duration LatencyHistogram::quantile(double fraction) const {
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::clamp(Duration{static_cast<std::int64_t>(last_ns_of(i))}, min(), max());
  }
  return max();
}

}  // namespace aoekit::bench
