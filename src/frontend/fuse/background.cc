// fork, a pipe, setsid.
#include "frontend/fuse/background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace aoekit::fuse {
namespace {

bool to_syslog = false;

[[noreturn]] void wait_for_daemon(int pipe, pid_t daemon) {
  char byte = 0;
  ssize_t got = 0;
  do {
    got = ::read(pipe, &byte, 1);
  } while (got < 0 && errno == EINTR);
  if (got == 1) ::_exit(0);
  int status = 0;
  while (::waitpid(daemon, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

}  // namespace

Result<Background> Background::begin() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
  Fd read_end(ends[0]), write_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return fail_errno(errno, "cannot start a process for the background");
  if (child > 0) {
    write_end.reset();
    wait_for_daemon(read_end.get(), child);
  }
  return Background(std::move(write_end));
}

Status Background::ready() {
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.valid()) return fail_errno(errno, "cannot open /dev/null");
  ::setsid();
  if (::chdir("/") != 0) return fail_errno(errno, "cannot change to /");
  ::openlog("aoefuse", LOG_PID, LOG_DAEMON);
  to_syslog = true;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::dup2(null.get(), fd) < 0) return fail_errno(errno, "cannot let go of the terminal");
  }
  const char byte = 0;
  // Whoever started this may have been ended meanwhile; that is no reason to end as well.
  [[maybe_unused]] const ssize_t written = ::write(pipe_.get(), &byte, 1);
  pipe_.reset();
  return {};
}

void announce(LogLevel level, std::string_view message) {
  if (to_syslog) {
    ::syslog(static_cast<int>(level), "%.*s", static_cast<int>(message.size()), message.data());
  } else {
    log_line(level, message);
  }
}

}  // namespace aoekit::fuse
