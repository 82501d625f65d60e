// Turning random bits into decisions.
#pragma once

#include <cstdint>

#include "chaos/fault_options.h"

namespace aoekit::chaos {

// True for a part `probability` of all `bits`.
inline bool happens(Probability probability, std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1.0p-53 < probability;
}

inline Duration draw(DurationRange range, std::uint64_t bits) {
  const auto width = static_cast<std::uint64_t>((range.longest - range.shortest).count()) + 1;
  return range.shortest + Duration(static_cast<Duration::rep>(bits % width));
}

}  // namespace aoekit::chaos
