// Finds what uses a file or device.
#include "backend/in_use.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

#include "backend/export_lock.h"

namespace aoekit::backend {
namespace {

std::vector<SystemUses::Loop> loops_in(const SystemRoots& roots) {
  std::vector<SystemUses::Loop> loops;
  for (const std::string& name : names_in(roots.sys + "/block")) {
    const std::string directory = fmt::format("{}/block/{}", roots.sys, name);
    std::string file = read_line(directory + "/loop/backing_file");
    if (file.empty()) continue;
    loops.push_back({name, std::move(file), device_of(directory), read_line(directory + "/ro") == "1"});
  }
  return loops;
}

class Search {
 public:
  Search(Access access, const SystemUses& uses) : access_(access), uses_(uses) {}

  // What uses exactly this device, as the rest of a sentence: "is mounted on /home".
  std::optional<std::string> use_of_device(dev_t device) const {
    if (auto use = direct_use(device)) return use;
    return loop_use([&](const std::string& file) { return names_device(file, device); });
  }

  std::optional<std::string> use_of_file(const Backing& backing) const {
    const auto same = [&](const std::string& file) {
      struct stat status {};
      return stat(file.c_str(), &status) == 0 && status.st_dev == backing.file_system && status.st_ino == backing.inode;
    };
    for (const std::string& swap : uses_.swaps) {
      if (same(swap)) return "is used as swap";
    }
    if (uses_.loops.empty()) return std::nullopt;
    std::error_code error;
    const std::string real_path = std::filesystem::canonical(backing.path, error);
    return loop_use([&](const std::string& file) { return (!error && file == real_path) || same(file); });
  }

 private:
  // Mounts, swap and holders; not loop devices, so that those can ask here without going round in circles.
  std::optional<std::string> direct_use(dev_t device) const {
    for (const Mount& mount : uses_.mounts) {
      if (mount.read_only && access_ == Access::read_only) continue;
      if (mount.device == device || names_device(mount.source, device)) return "is mounted on " + mount.mount_point;
    }
    for (const std::string& swap : uses_.swaps) {
      if (names_device(swap, device)) return "is used as swap";
    }
    for (const std::string& holder : names_in(sysfs_directory(uses_.roots, device) + "/holders")) {
      const std::string label = read_line(fmt::format("{}/block/{}/dm/name", uses_.roots.sys, holder));
      return label.empty() ? "is held by " + holder : fmt::format("is held by {} ({})", holder, label);
    }
    return std::nullopt;
  }

  // Whether a loop device stands on a file for which `is_ours` says yes.
  template <class IsOurs>
  std::optional<std::string> loop_use(IsOurs is_ours) const {
    for (const SystemUses::Loop& loop : uses_.loops) {
      if (!is_ours(loop.file)) continue;
      if (access_ == Access::read_only && loop.read_only) continue;
      const std::string attached = fmt::format("is attached to /dev/{}", loop.name);
      const auto use = loop.device ? direct_use(*loop.device) : std::nullopt;
      return use ? fmt::format("{}, which {}", attached, *use) : attached;
    }
    return std::nullopt;
  }

  bool names_device(const std::string& path, dev_t device) const {
    if (!path.starts_with('/')) return false;
    if (path == device_name(uses_.roots, device)) return true;
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISBLK(status.st_mode) && status.st_rdev == device;
  }

  Access access_;
  const SystemUses& uses_;
};

}  // namespace

SystemUses::SystemUses(SystemRoots system_roots)
    : roots(std::move(system_roots)),
      mounts(parse_mountinfo(read_text(roots.proc + "/self/mountinfo"))),
      swaps(parse_swaps(read_text(roots.proc + "/swaps"))),
      loops(loops_in(roots)) {}

Result<Backing> identify(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return fail_errno(errno, "cannot examine {}", path);
  Backing backing{.path = path, .device = std::nullopt, .file_system = status.st_dev, .inode = status.st_ino};
  if (S_ISBLK(status.st_mode)) backing.device = status.st_rdev;
  return backing;
}

std::optional<std::string> find_user(const Backing& backing, Access access, const SystemUses& uses) {
  const Search search(access, uses);
  const SystemRoots& roots = uses.roots;
  if (!backing.device) {
    const auto use = search.use_of_file(backing);
    return use ? std::optional(fmt::format("{} {}", backing.path, *use)) : std::nullopt;
  }
  if (const auto use = search.use_of_device(*backing.device)) return fmt::format("{} {}", backing.path, *use);
  for (const dev_t part : partitions_of(roots, *backing.device)) {
    const auto use = search.use_of_device(part);
    if (use) return fmt::format("{} is in use: its partition {} {}", backing.path, device_name(roots, part), *use);
  }
  if (const auto disk = whole_disk_of(roots, *backing.device)) {
    const auto use = search.use_of_device(*disk);
    if (use) return fmt::format("{} is in use: the whole disk {} {}", backing.path, device_name(roots, *disk), *use);
  }
  return std::nullopt;
}

Result<std::optional<std::string>> who_uses(const std::string& path, Access access, const SystemUses& uses) {
  const Result<Backing> backing = identify(path);
  if (!backing) return tl::unexpected(backing.error());
  if (auto use = find_user(*backing, access, uses)) return use;
  if (!backing->device) return std::nullopt;
  // A read-only mount that a read-only export may share keeps the kernel from granting exclusive access.
  if (access == Access::read_only && find_user(*backing, Access::read_write, uses)) return std::nullopt;
  const Result<Fd> exclusive = open_exclusively(path, O_RDONLY | O_NONBLOCK);
  // Any other error is for the real open to report.
  if (exclusive || exclusive.error().os_error != EBUSY) return std::nullopt;
  const std::string owner = lock_owner(backing->file_system, backing->inode, uses.roots);
  if (!owner.empty()) return path + " is already exported by another process" + owner;
  return path + " is in use by another program or layer, or mounted in another namespace: the kernel calls it busy";
}

Result<std::optional<std::string>> who_uses(const std::string& path, Access access) {
  return who_uses(path, access, SystemUses());
}

Status refuse_what_is_in_use(const std::string& path) {
  const auto user = who_uses(path, Access::read_write);
  if (!user) return tl::unexpected(user.error());
  if (*user) return fail("{}: it would be damaged by writing to it", **user);
  return {};
}

}  // namespace aoekit::backend
