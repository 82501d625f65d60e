// Drawing requests.
#include "cli/bench/workload.h"

#include "base/check.h"

namespace aoekit::bench {

Workload::Workload(const WorkloadOptions& options)
    : options_(options),
      places_(options.queries ? 1 : options.range.count.count / options.request_size.count),
      prng_(options.seed) {
  AOEKIT_CHECK(places_ > 0);
}

Request Workload::next() {
  if (options_.queries) return {.kind = Kind::query, .range = {}};
  const bool mixed = options_.read_percent > 0 && options_.read_percent < 100;
  const bool is_read = mixed ? prng_.below(100) < options_.read_percent : options_.read_percent == 100;
  const std::uint64_t place = options_.order == Order::random ? prng_.below(places_) : next_place_;
  next_place_ = (next_place_ + 1) % places_;
  const Lba first{options_.range.first.value + place * options_.request_size.count};
  return {.kind = is_read ? Kind::read : Kind::write, .range = {first, options_.request_size}};
}

}  // namespace aoekit::bench
