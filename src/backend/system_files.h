// What /proc and /sys say about block devices. The roots are parameters, so that tests read fabricated trees.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aoekit::backend {

struct SystemRoots {
  std::string proc = "/proc";
  std::string sys = "/sys";
};

// The whole of a small text file; empty when it cannot be read (an absent file and an empty one mean the same here).
std::string read_text(const std::string& path);
// The same without the newline at its end.
std::string read_line(const std::string& path);
// Names in a directory, sorted, without "." and ".."; none when there is no such directory.
std::vector<std::string> names_in(const std::string& directory);

// The sysfs directory of a block device, e.g. /sys/dev/block/8:17.
std::string sysfs_directory(const SystemRoots& roots, dev_t device);
// The device number that a sysfs directory is about, from its `dev` file.
std::optional<dev_t> device_of(const std::string& directory);
// "/dev/sdb1", from the kernel's uevent; "block device 8:17" when the kernel does not say.
std::string device_name(const SystemRoots& roots, dev_t device);
bool is_partition(const SystemRoots& roots, dev_t device);
// For a partition the disk that it lies on, otherwise none.
std::optional<dev_t> whole_disk_of(const SystemRoots& roots, dev_t device);
std::vector<dev_t> partitions_of(const SystemRoots& roots, dev_t device);
// A value of the device's request queue, e.g. "rotational"; a partition's queue is its disk's. 0 when unknown.
std::uint64_t queue_value(const SystemRoots& roots, dev_t device, std::string_view name);

// One line of /proc/self/mountinfo.
struct Mount {
  dev_t device = 0;          // anonymous (major 0) for btrfs, overlays and the like
  std::string mount_point;
  std::string source;        // often, but not always, the path of a device
  bool read_only = false;    // the file system itself, not only this place of it
};
// Lines that do not parse are left out.
std::vector<Mount> parse_mountinfo(std::string_view text);
// The files and devices of /proc/swaps.
std::vector<std::string> parse_swaps(std::string_view text);

}  // namespace aoekit::backend
