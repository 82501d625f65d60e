// The engine's reports as the structures of the C API.
#pragma once

#include "client/engine.h"
#include "lib/aoekit.h"

namespace aoekit::lib {

aoe_disk_status status_of(const client::DiskReport& report);

}  // namespace aoekit::lib
