// Questions to the kernel about an open file or device. None of them changes a byte of it.
#pragma once

#include "backend/opened_file.h"

namespace aoekit::backend {

// What direct I/O on this descriptor demands; an Error when it cannot be done here.
Result<Alignment> probe_direct_alignment(int fd, const std::string& path);

// Whether trim works: a hole punched far behind the end of a file, or the discard limit of a device's queue.
bool probe_trim(int fd, Medium medium);

// Of a device BLKPBSZGET, of a file its file system's block, at most 4096.
std::uint32_t probe_physical_sector_bytes(int fd, Medium medium);

// Of a device BLKSSZGET.
std::uint32_t probe_logical_block_bytes(int fd);

// Whether the file system is one of those that have no disk (tmpfs, ramfs).
bool lives_in_memory(int fd);

// Whether the device can write a block to stay (FUA) without flushing all others. False for files.
bool probe_fua(int fd, Medium medium);

// Whether the disk, or the one disk under a file, spins. False when that is not known.
bool probe_rotational(int fd, Medium medium);

}  // namespace aoekit::backend
