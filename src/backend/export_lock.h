// One exporter for each file or device: a lock on the thing itself, so that links, bind mounts and aliases collide.
#pragma once

#include <cstdint>
#include <string>

#include "backend/access.h"
#include "backend/system_files.h"
#include "base/fd.h"
#include "base/result.h"

namespace aoekit::backend {

// Takes flock(2) on `fd`, shared for read-only exports and exclusive for writers; held until the last descriptor of
// that open file is closed. It lies on the inode: every path to the file meets the same lock. udev keeps off block
// devices that are locked this way. A file system without locks only earns a warning. With Patience::a_second a lock
// of others is waited for, since udev may be looking at a device and the kernel may still be closing the files of a
// process that has just ended.
enum class Patience : std::uint8_t { none, a_second };
Status lock_for_export(int fd, const std::string& path, Access access, Patience patience = Patience::a_second);

// open(2) of a block device with O_EXCL, which the kernel grants to one program at most, and to none while the device
// is mounted (in any namespace), swapped on or held by another layer; unlike the lock it also meets a second device
// node of the same number. EBUSY is retried as above. An Error has open's errno.
Result<Fd> open_exclusively(const std::string& path, int flags, Patience patience = Patience::a_second);

// " (vblade, pid 123)": who holds a flock on this inode according to /proc/locks, or nothing when that is not known.
std::string lock_owner(dev_t file_system, ino_t inode, const SystemRoots& roots = {});

}  // namespace aoekit::backend
