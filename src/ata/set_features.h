// SET FEATURES: what a client may switch on and off. Source: ATA8-ACS, 7.47.
#pragma once

#include "ata/task_file.h"

namespace aoekit::ata {

// Whether the sub-command is 02 or 82.
bool switches_write_cache(const wire::AtaBody& request);

// Served: 02/82 write cache on (only where there is one) and off (only where anything is ever made stable), AA/55 read
// look-ahead on and off, and, because they
// change nothing that exists here, 03 transfer mode and 66/CC power-on defaults. All else is refused with ABRT.
// Switching the write cache off is a flush: what was acknowledged from it must be stable afterwards. So it is when the
// cache is off already, because the flush of the first request may still be under way when its copy arrives.
// Read-only access may switch neither: the writes of others depend on it.
Action set_features(const wire::AtaBody& request, Access access, Disk& disk);

}  // namespace aoekit::ata
