// What tells a disk from another one that has taken its path.
#pragma once

#include <string>

#include "backend/opened_file.h"
#include "backend/system_files.h"

namespace aoekit::backend {

// Of a block device what its hardware or driver calls it for good, e.g. "wwid naa.5000c500a1b2c3d4 partition 2" or
// "dm/uuid LVM-..."; of a file its inode and, where the file system keeps it, time of birth. Empty when nothing is
// known. Survives unplugging, unmounting and restarts of the machine.
std::string identity_of(int fd, Medium medium, const SystemRoots& roots = {});

// The same of the block device with this number.
std::string identity_of_device(dev_t device, const SystemRoots& roots = {});

}  // namespace aoekit::backend
