// The AoE disks that sysfs, the kernel's or aoefuse's, lists.
#pragma once

#include <string>
#include <vector>

#include "aoetools/stat_format.h"

namespace aoekit::aoetools {

// Every AoE disk below `block_directory`, in no particular order; partitions are left out.
std::vector<DiskFacts> read_disks(const std::string& block_directory);

}  // namespace aoekit::aoetools
