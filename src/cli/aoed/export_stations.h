// aoe export mask and reserve: an export's lists of stations, by way of its daemon rather than of the network.
#pragma once

#include "cli/aoed/group.h"

namespace aoekit::cli {

void add_export_stations(CommandGroup& group);

}  // namespace aoekit::cli
