// Looks at the directory with plain system calls; a dead mount shows by ENOTCONN.
#include "frontend/fuse/mount_point.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/fd.h"

namespace aoekit::fuse {
namespace {

constexpr long kFuseMagic = 0x65735546;

Result<std::string> absolute(const std::string& directory) {
  const std::unique_ptr<char, decltype(&::free)> path(::realpath(directory.c_str(), nullptr), &::free);
  if (path == nullptr) return fail_errno(errno, "cannot use {}", directory);
  return std::string(path.get());
}

// The path of something that cannot be looked into.
Result<std::string> absolute_by_parent(const std::string& directory) {
  std::filesystem::path path(directory);
  if (!path.has_filename()) path = path.parent_path();
  auto parent = absolute(path.has_parent_path() ? path.parent_path().string() : ".");
  if (!parent) return parent;
  return (std::filesystem::path(*parent) / path.filename()).string();
}

// 0 or an errno. What stat() says of a dead mount may be from before its death.
int try_to_open(const std::string& directory) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.valid() ? 0 : errno;
}

Status refuse_if_not_empty(const std::string& directory) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(directory, error);
  if (error) return fail_errno(error.value(), "cannot look into {}", directory);
  for (const auto& entry : entries) {
    return fail("{} is not empty (there is {}): choose an empty directory; if these are device nodes of the kernel's "
                "aoe driver, use them, or remove it with: modprobe -r aoe",
                directory, entry.path().filename().string());
  }
  return {};
}

}  // namespace

Result<std::string> prepare_mount_point(const std::string& directory) {
  int error = try_to_open(directory);
  if (error == ENOTCONN) {
    // An aoefuse that was killed; what had files open there has lost them already.
    const auto path = absolute_by_parent(directory);
    if (!path) return path;
    if (::umount2(path->c_str(), MNT_DETACH) != 0) {
      return fail_errno(errno, "{} is what an aoefuse that was killed has left; cannot detach it", *path);
    }
    error = try_to_open(directory);
  }
  if (error == ENOENT) {
    if (::mkdir(directory.c_str(), 0755) != 0) return fail_errno(errno, "cannot make the directory {}", directory);
  } else if (error == ENOTDIR) {
    return fail("{} is not a directory", directory);
  } else if (error != 0) {
    return fail_errno(error, "cannot use {}", directory);
  }
  auto path = absolute(directory);
  if (!path) return path;
  struct statfs system {};
  const std::string version = *path + "/.sys/module/aoe/version";
  if (::statfs(path->c_str(), &system) == 0 && system.f_type == kFuseMagic && ::access(version.c_str(), F_OK) == 0) {
    return fail("{} is served by an aoefuse already; to end that one: umount {}", *path, *path);
  }
  if (Status empty = refuse_if_not_empty(*path); !empty) return tl::unexpected(empty.error());
  return path;
}

std::vector<std::string> loop_devices_on(std::string_view directory) {
  std::vector<std::string> devices;
  const std::string prefix = std::string(directory) + "/";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/block", error)) {
    std::ifstream file(entry.path() / "loop/backing_file");
    std::string backing;
    if (std::getline(file, backing) && backing.starts_with(prefix)) {
      devices.push_back("/dev/" + entry.path().filename().string());
    }
  }
  return devices;
}

Result<pid_t> start_unmount(const std::string& directory, Detach how, int fuse_fd) {
  const pid_t child = ::fork();
  if (child < 0) return fail_errno(errno, "cannot start a process to unmount {}", directory);
  if (child > 0) return child;
  ::close(fuse_fd);  // or the kernel would wait for answers of this process
  const int flags = UMOUNT_NOFOLLOW | (how == Detach::when_unused ? MNT_DETACH : 0);
  ::_exit(::umount2(directory.c_str(), flags) == 0 ? 0 : errno);
}

std::optional<int> unmount_result(pid_t child) {
  int status = 0;
  const pid_t ended = ::waitpid(child, &status, WNOHANG);
  if (ended == 0) return std::nullopt;
  if (ended < 0) return errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

}  // namespace aoekit::fuse
