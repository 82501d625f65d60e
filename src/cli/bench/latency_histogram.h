// Latencies of any number of requests in bounded memory: buckets of equal width within each power of two (HDR style).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace aoekit::bench {

// Every latency is known to within 1/128 of itself (0.8 %); the smallest, the largest and the sum are exact. 36 KiB,
// whatever is counted. One thread.
class LatencyHistogram {
 public:
  // What took longer is counted as this long; max() still tells it: 18 minutes.
  static constexpr unsigned kValueBits = 40;

  // Less than nothing counts as nothing.
  void add(Duration latency);

  std::uint64_t count() const { return count_; }
  // All zero while nothing was counted.
  Duration min() const { return count_ == 0 ? Duration{} : min_; }
  Duration max() const { return max_; }
  Duration mean() const { return count_ == 0 ? Duration{} : Duration{static_cast<std::int64_t>(sum_ns_ / count_)}; }
  // A latency that `fraction` (0 to 1) of the requests did not exceed, at most 1/128 too high.
  Duration quantile(double fraction) const;

 private:
  static constexpr unsigned kSubBits = 7;
  static constexpr std::size_t kSubBuckets = std::size_t{1} << kSubBits;
  static constexpr std::size_t kBuckets = (kValueBits - kSubBits + 1) * kSubBuckets;
  static std::size_t bucket_of(std::uint64_t ns);
  static std::uint64_t last_ns_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ns_ = 0;
  Duration min_ = Duration::max();
  Duration max_{};
};

}  // namespace aoekit::bench
