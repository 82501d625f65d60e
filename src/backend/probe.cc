// Asks the kernel what an open file or device can do.
#include "backend/probe.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "backend/system_files.h"
#include "base/check.h"

namespace aoekit::backend {
namespace {

constexpr std::uint32_t kLargestBlock = 4096;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

// What the kernel says (6.1 and later, not every file system), or offset 0 where it refuses direct I/O.
std::optional<Alignment> stated_alignment(int fd) {
  // The raw call and the kernel's structure: the C library's own may be older than the fields.
  struct ::statx status {};
  if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) != 0) return std::nullopt;
  if ((status.stx_mask & STATX_DIOALIGN) == 0) return std::nullopt;
  return Alignment{.offset = status.stx_dio_offset_align, .memory = status.stx_dio_mem_align};
}

// Whether reading one block of `bytes`, at an offset of `bytes` and no rounder, is accepted.
bool reads_blocks_of(int fd, std::uint32_t bytes, void* memory) {
  ssize_t count = 0;
  do {
    count = pread(fd, memory, bytes, bytes);
  } while (count < 0 && errno == EINTR);
  return count >= 0 || errno != EINVAL;
}

struct stat status_of(int fd) {
  struct stat status {};
  AOEKIT_CHECK(fstat(fd, &status) == 0);  // of an open descriptor
  return status;
}

}  // namespace

Result<Alignment> probe_direct_alignment(int fd, const std::string& path) {
  if (const auto stated = stated_alignment(fd); stated && stated->offset > 0) {
    return Alignment{.offset = std::max(stated->offset, kSectorBytes), .memory = std::max(stated->memory, 1U)};
  }
  const std::unique_ptr<void, Free> memory(std::aligned_alloc(kLargestBlock, kLargestBlock));
  AOEKIT_CHECK(memory != nullptr);
  for (const std::uint32_t bytes : {kSectorBytes, kLargestBlock}) {
    if (reads_blocks_of(fd, bytes, memory.get())) return Alignment{.offset = bytes, .memory = bytes};
  }
  return fail_errno(EINVAL, "{} does not take direct I/O: leave out the option for it", path);
}

bool lives_in_memory(int fd) {
  struct statfs info {};
  if (::fstatfs(fd, &info) != 0) return false;
  const auto type = static_cast<unsigned long>(info.f_type);
  return type == TMPFS_MAGIC || type == RAMFS_MAGIC;
}

bool probe_trim(int fd, Medium medium) {
  const struct stat status = status_of(fd);
  if (medium == Medium::block_device) return queue_value({}, status.st_rdev, "discard_max_bytes") > 0;
  // Where nothing can be: so far behind the end that even a file that grows just now does not reach it.
  constexpr off_t kFarBehind = off_t{1} << 30;
  const off_t behind = (status.st_size / kLargestBlock + 1) * kLargestBlock + kFarBehind;
  return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, behind, kLargestBlock) == 0;
}

std::uint32_t probe_physical_sector_bytes(int fd, Medium medium) {
  std::uint32_t bytes = 0;
  if (medium == Medium::block_device) {
    if (ioctl(fd, BLKPBSZGET, &bytes) != 0) bytes = kSectorBytes;
  } else {
    bytes = static_cast<std::uint32_t>(std::clamp<long>(status_of(fd).st_blksize, kSectorBytes, kLargestBlock));
  }
  return std::has_single_bit(bytes) && bytes >= kSectorBytes ? bytes : kSectorBytes;
}

std::uint32_t probe_logical_block_bytes(int fd) {
  int bytes = 0;
  if (ioctl(fd, BLKSSZGET, &bytes) != 0) return kSectorBytes;
  return std::max(static_cast<std::uint32_t>(bytes), kSectorBytes);
}

bool probe_fua(int fd, Medium medium) {
  return medium == Medium::block_device && queue_value({}, status_of(fd).st_rdev, "fua") == 1;
}

bool probe_rotational(int fd, Medium medium) {
  const struct stat status = status_of(fd);
  const dev_t disk = medium == Medium::block_device ? status.st_rdev : status.st_dev;
  return queue_value({}, disk, "rotational") == 1;
}

}  // namespace aoekit::backend
