// Locks on exported files and devices.
#include "backend/export_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <chrono>
#include <sstream>
#include <thread>

#include "base/log.h"

namespace aoekit::backend {
namespace {

constexpr int kAttempts = 20;
constexpr std::chrono::milliseconds kPause{50};

// Calls `attempt` until it no longer fails with `busy`, or patience ends. Returns its last errno, 0 on success.
template <class Attempt>
int while_busy(int busy, Patience patience, Attempt attempt) {
  const int attempts = patience == Patience::none ? 1 : kAttempts;
  for (int i = 1;; ++i) {
    const int error = attempt();
    if (error == EINTR) continue;
    if (error != busy || i >= attempts) return error;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

Status lock_for_export(int fd, const std::string& path, Access access, Patience patience) {
  const int kind = access == Access::read_only ? LOCK_SH : LOCK_EX;
  const int error = while_busy(EWOULDBLOCK, patience, [&] { return flock(fd, kind | LOCK_NB) == 0 ? 0 : errno; });
  if (error == 0) return {};
  if (error != EWOULDBLOCK) {
    log(LogLevel::warning, "{}: this file system has no locks, a second export of it will not be noticed", path);
    return {};
  }
  struct stat status {};
  const std::string owner = fstat(fd, &status) == 0 ? lock_owner(status.st_dev, status.st_ino) : std::string();
  return tl::unexpected(Error{
      fmt::format("{} is already exported by another process{}: end that one first, or force it", path, owner), error});
}

Result<Fd> open_exclusively(const std::string& path, int flags, Patience patience) {
  Fd fd;
  const int error = while_busy(EBUSY, patience, [&] {
    fd.reset(open(path.c_str(), flags | O_EXCL | O_CLOEXEC));
    return fd.valid() ? 0 : errno;
  });
  if (error != 0) return fail_errno(error, "cannot open {}", path);
  return fd;
}

std::string lock_owner(dev_t file_system, ino_t inode, const SystemRoots& roots) {
  // 1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF
  const std::string place = fmt::format("{:02x}:{:02x}:{}", major(file_system), minor(file_system), inode);
  std::istringstream lines(read_text(roots.proc + "/locks"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string number, kind, advisory, mode, where;
    long pid = 0;
    fields >> number >> kind >> advisory >> mode >> pid >> where;
    if (!fields || kind != "FLOCK" || where != place || pid <= 0) continue;
    const std::string program = read_line(fmt::format("{}/{}/comm", roots.proc, pid));
    return program.empty() ? fmt::format(" (pid {})", pid) : fmt::format(" ({}, pid {})", program, pid);
  }
  return {};
}

}  // namespace aoekit::backend
