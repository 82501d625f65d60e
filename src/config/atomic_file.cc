// Write, fsync, rename, fsync the directory.
#include "config/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/fd.h"

namespace aoekit::config {
namespace {

tl::unexpected<Error> cannot(std::string_view what, const std::string& path) {
  const int error = errno;
  const bool rights = error == EACCES || error == EPERM || error == EROFS;
  auto failure = fail_errno(error, "cannot {} {}", what, path);
  if (rights) failure.value().message += "; give aoed's user the right to write in that directory, and the unit, too";
  return failure;
}

Status sync_directory(const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0) return cannot("sync", path);
  return {};
}

Status write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot("write", path);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (fchmod(fd, 0644) != 0 || fsync(fd) != 0) return cannot("write", path);
  return {};
}

}  // namespace

Status replace_file(const std::string& path, std::string_view text) {
  const std::filesystem::path target(path);
  const std::string directory = target.parent_path().string();
  if (mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) return cannot("make", directory);
  // Hidden, so that nobody reads it as configuration.
  std::string temporary = (target.parent_path() / ("." + target.filename().string() + ".XXXXXX")).string();
  const Fd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return cannot("write in", directory);
  Status written = write_all(fd.get(), text, temporary);
  if (written && rename(temporary.c_str(), path.c_str()) != 0) written = cannot("replace", path);
  if (!written) {
    unlink(temporary.c_str());
    return written;
  }
  return sync_directory(directory);
}

Status remove_file(const std::string& path) {
  if (unlink(path.c_str()) == 0) return sync_directory(std::filesystem::path(path).parent_path().string());
  if (errno == ENOENT) return {};
  return cannot("remove", path);
}

}  // namespace aoekit::config
