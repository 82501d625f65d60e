// Sector data that tells which write it is of: every byte follows from the sector's number and the write's version.
#pragma once

#include "base/bytes.h"
#include "base/units.h"
#include "sim/checkers/sector_history.h"

namespace aoekit::power {

// REQUIRES: sector.size() == kSectorBytes.
void stamp(MutableBytes sector, Lba lba, checkers::Version version);
// The version whose data for `lba` these bytes are; kInitialVersion for zeros, kGarbage for anything else.
checkers::Version read_stamp(ByteView sector, Lba lba);

}  // namespace aoekit::power
