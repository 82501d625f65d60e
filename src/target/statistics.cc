// Counting latencies in buckets whose bounds double.
#include "target/statistics.h"

namespace aoekit::target {

void LatencyHistogram::add(Duration latency) {
  std::size_t i = 0;
  while (i + 1 < kBuckets && latency >= bound(i)) ++i;
  ++counts[i];
  sum_ns += static_cast<std::uint64_t>(latency.count());
}

std::uint64_t LatencyHistogram::total() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) sum += count;
  return sum;
}

Duration LatencyHistogram::quantile(double fraction) const {
  const std::uint64_t all = total();
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts[i];
    if (seen > 0 && static_cast<double>(seen) >= fraction * static_cast<double>(all)) return bound(i);
  }
  return Duration::zero();
}

}  // namespace aoekit::target
