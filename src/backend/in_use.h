// The safety interlock: what else on this machine uses a file or device that is about to be exported.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "backend/access.h"
#include "backend/system_files.h"
#include "base/result.h"

namespace aoekit::backend {

// A file or block device, as the kernel identifies it.
struct Backing {
  std::string path = {};             // as the user wrote it
  std::optional<dev_t> device = {};  // block devices only: its number
  dev_t file_system = 0;             // of the inode
  ino_t inode = 0;
};
Result<Backing> identify(const std::string& path);

// A moment's look at what this machine does with its files and devices: mounts, swap, loop devices. To be had once for many
// questions that are asked at the same time; may be used by several threads at once.
class SystemUses {
 public:
  explicit SystemUses(SystemRoots system_roots = {});

  struct Loop {
    std::string name;               // "loop0"
    std::string file;               // what it stands on
    std::optional<dev_t> device;
    bool read_only = false;
  };
  const SystemRoots roots;
  const std::vector<Mount> mounts;
  const std::vector<std::string> swaps;
  const std::vector<Loop> loops;    // that stand on something
};

// One sentence that says what uses it, e.g. "/dev/sda is in use: its partition /dev/sda2 is used as swap", or nothing
// when /proc and /sys know of no use. Looked for: mounts, swap, holders (md, dm, bcache, ...) and loop devices, of the
// thing itself; of a disk's partitions; of a partition's disk as a whole. A read-only export may share the device
// with file systems that are mounted read-only, and with loop devices set up read-only.
std::optional<std::string> find_user(const Backing& backing, Access access, const SystemUses& uses);

// The same for a path, and for block devices the kernel is asked as well (an exclusive open, given up at once), which
// sees mounts in other namespaces and other exporters. Nothing: it is free now. What keeps it so is the exclusive
// open and the lock of open_file_device(). An Error when `path` cannot be examined. May wait up to a second.
Result<std::optional<std::string>> who_uses(const std::string& path, Access access, const SystemUses& uses);
// By a look of its own.
Result<std::optional<std::string>> who_uses(const std::string& path, Access access);
// The same for whoever is about to write there: an Error also if somebody uses it.
[[nodiscard]] Status refuse_what_is_in_use(const std::string& path);

}  // namespace aoekit::backend
