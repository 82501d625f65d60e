// Bringing memory into the cache before it is needed.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/bytes.h"

namespace aoekit {

// Begins to fetch the first bytes of what will be read in a moment, `most` at the most, into the second-level cache.
// Fails for no address.
inline void fetch_ahead(ByteView bytes, std::size_t most) {
  constexpr std::size_t kCacheLineBytes = 64;
  constexpr int kForReading = 0, kSecondLevel = 2;
  const std::size_t end = std::min(most, bytes.size());
  for (std::size_t at = 0; at < end; at += kCacheLineBytes) {
    __builtin_prefetch(bytes.data() + at, kForReading, kSecondLevel);
  }
}

}  // namespace aoekit
