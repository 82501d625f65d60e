// What is in a sector: data that tells which write put it there, and where it belongs.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/units.h"

namespace aoekit::sim {

// Names what was written; from 1 on. The same value may be written more than once.
using Value = std::uint64_t;
inline constexpr Value kZeros = 0;              // a sector of zeros: never written, or trimmed
inline constexpr Value kGarbage = UINT64_MAX;   // no value's data, or that of another sector
// Values with this bit are written by stations that may not write: they must never be seen.
inline constexpr Value kForbidden = std::uint64_t{1} << 62;

// A sector's place in the world: its disk and its address.
struct Place {
  std::uint64_t disk = 0;
  Lba lba;
};

// REQUIRES sector.size() == 512.
void stamp(MutableBytes sector, Value value, Place place);
Value value_in(ByteView sector, Place place);

// The same for each sector of a transfer that begins at `place`.
void stamp_all(MutableBytes data, Value value, Place place);

}  // namespace aoekit::sim
