// Identities from sysfs and statx.
#include "backend/file_identity.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace aoekit::backend {
namespace {

// Below a device's directory, the best first: NVMe, SCSI and ATA, virtio, memory cards, device mapper, md, NBD, loop.
constexpr const char* kNames[] = {"wwid",    "device/wwid", "serial",  "device/serial",    "device/cid",
                                  "dm/uuid", "md/uuid",     "backend", "loop/backing_file"};

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::string identity_of_file(int fd) {
  // The raw call and the kernel's structure, as in probe.cc.
  struct ::statx status {};
  if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &status) != 0) return {};
  if ((status.stx_mask & STATX_BTIME) != 0) {
    return fmt::format("inode {} born {}.{:09}", status.stx_ino, status.stx_btime.tv_sec, status.stx_btime.tv_nsec);
  }
  // Inode numbers are taken again. The device makes them no better, but then a file is not found on another disk.
  return fmt::format("inode {} of {}:{}", status.stx_ino, status.stx_dev_major, status.stx_dev_minor);
}

}  // namespace

std::string identity_of_device(dev_t device, const SystemRoots& roots) {
  const std::string directory = sysfs_directory(roots, device);
  const bool part = is_partition(roots, device);
  for (const char* name : kNames) {
    const std::string value = trimmed(read_line(fmt::format("{}{}/{}", directory, part ? "/.." : "", name)));
    if (value.empty()) continue;
    return part ? fmt::format("{} {} partition {}", name, value, read_line(directory + "/partition"))
                : fmt::format("{} {}", name, value);
  }
  return {};
}

std::string identity_of(int fd, Medium medium, const SystemRoots& roots) {
  if (medium == Medium::regular_file) return identity_of_file(fd);
  struct stat status {};
  return fstat(fd, &status) == 0 ? identity_of_device(status.st_rdev, roots) : std::string();
}

}  // namespace aoekit::backend
