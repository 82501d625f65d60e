// Reading and writing whole buffers.
#include "cli/local_file.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace aoekit::cli {
namespace {

constexpr mode_t kNewFileMode = 0666;  // less the umask

}  // namespace

Result<LocalFile> LocalFile::open_input(const std::string& path, Interrupt* interrupt) {
  const bool standard = path == "-";
  LocalFile file(Fd(standard ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
                 standard ? "standard input" : path, interrupt);
  if (!file.fd_.valid()) return fail_errno(errno, "cannot open '{}' for reading", file.name_);
  const Status examined = file.examine();
  if (!examined) return tl::unexpected(examined.error());
  return file;
}

Result<LocalFile> LocalFile::open_output(const std::string& path, Interrupt* interrupt) {
  const bool standard = path == "-";
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  LocalFile file(Fd(standard ? ::dup(STDOUT_FILENO) : ::open(path.c_str(), kFlags, kNewFileMode)),
                 standard ? "standard output" : path, interrupt);
  if (!file.fd_.valid()) return fail_errno(errno, "cannot open '{}' for writing", file.name_);
  const Status examined = file.examine();
  if (!examined) return tl::unexpected(examined.error());
  return file;
}

Status LocalFile::examine() {
  struct stat facts {};
  if (::fstat(fd_.get(), &facts) != 0) return fail_errno(errno, "cannot examine '{}'", name_);
  if (S_ISDIR(facts.st_mode)) return fail("'{}' is a directory; name a file", name_);
  if (S_ISREG(facts.st_mode)) size_ = static_cast<std::uint64_t>(facts.st_size);
  if (S_ISBLK(facts.st_mode)) {
    const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
    if (end < 0 || ::lseek(fd_.get(), 0, SEEK_SET) < 0) {
      return fail_errno(errno, "cannot learn the size of '{}'", name_);
    }
    size_ = static_cast<std::uint64_t>(end);
  }
  may_block_ = !size_.has_value();
  return {};
}

// Waits for the file or Ctrl-C, whichever is first.
Status LocalFile::wait_until_ready(short events) {
  std::array<pollfd, 2> sources{
      {{.fd = fd_.get(), .events = events, .revents = 0}, {.fd = -1, .events = POLLIN, .revents = 0}}};
  if (interrupt_ != nullptr) sources[1].fd = interrupt_->fd();
  while (::poll(sources.data(), sources.size(), -1) < 0) {
    if (errno != EINTR) return fail_errno(errno, "cannot wait for '{}'", name_);
  }
  if (interrupt_ != nullptr && interrupt_->arrived()) return tl::unexpected(Error{"interrupted", EINTR});
  return {};
}

Result<std::size_t> LocalFile::read(MutableBytes memory) {
  std::size_t done = 0;
  while (done < memory.size()) {
    const Status ready = may_block_ ? wait_until_ready(POLLIN) : Status{};
    if (!ready) return tl::unexpected(ready.error());
    const ssize_t got = ::read(fd_.get(), memory.data() + done, memory.size() - done);
    if (got == 0) break;
    if (got < 0 && errno != EINTR) return fail_errno(errno, "cannot read '{}'", name_);
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<std::size_t> LocalFile::read_at(std::uint64_t offset, MutableBytes memory) {
  std::size_t done = 0;
  while (done < memory.size()) {
    const auto from = static_cast<off_t>(offset + done);
    const ssize_t got = ::pread(fd_.get(), memory.data() + done, memory.size() - done, from);
    if (got == 0) break;
    if (got < 0 && errno != EINTR) return fail_errno(errno, "cannot read '{}'", name_);
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return done;
}

Status LocalFile::write(ByteView memory) {
  std::size_t done = 0;
  while (done < memory.size()) {
    const Status ready = may_block_ ? wait_until_ready(POLLOUT) : Status{};
    if (!ready) return ready;
    // A pipe that is ready takes this much without blocking.
    const std::size_t bytes = may_block_ ? std::min<std::size_t>(memory.size() - done, PIPE_BUF) : memory.size() - done;
    const ssize_t put = ::write(fd_.get(), memory.data() + done, bytes);
    if (put < 0 && errno != EINTR) return fail_errno(errno, "cannot write '{}'", name_);
    if (put <= 0) continue;
    done += static_cast<std::size_t>(put);
    bytes_written_ += static_cast<std::uint64_t>(put);
  }
  return {};
}

Status LocalFile::finish() {
  if (::fdatasync(fd_.get()) == 0 || errno == EINVAL || errno == EROFS) return {};
  return fail_errno(errno, "cannot complete '{}'", name_);
}

}  // namespace aoekit::cli
