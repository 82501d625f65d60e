// Counting latencies in buckets whose bounds double.
#include "target/statistics.h"

#include <algorithm>
#include <bit>

namespace aoekit::target {

void LatencyHistogram::add(Duration latency) {
  // The bounds double: the bucket is how often the first one fits, as a power of two.
  const auto firsts = static_cast<std::uint64_t>(latency / bound(0));
  ++counts[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(firsts)), kBuckets - 1)];
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

void IoStatistics::add(const Answered& answered) {
  errors += answered.errors;
  switch (answered.kind) {
    case block::OpKind::read:
      ++reads;
      read_bytes += answered.bytes;
      read_latency.add(answered.latency);
      break;
    case block::OpKind::write:
      ++writes;
      written_bytes += answered.bytes;
      write_latency.add(answered.latency);
      break;
    case block::OpKind::flush: ++flushes; break;
    case block::OpKind::trim: ++trims; break;
  }
}

}  // namespace aoekit::target
