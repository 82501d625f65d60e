// fork and exec with a pipe for both output streams.
#include "tests/power/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "io/clock.h"

namespace aoekit::power {
namespace {

constexpr Duration kGlance = std::chrono::milliseconds(5);

// In the child, between fork and exec: system calls only.
[[noreturn]] void become(const std::vector<char*>& arguments, int network_namespace, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool placed = network_namespace < 0 || ::setns(network_namespace, CLONE_NEWNET) == 0;
  if (placed && ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(output, STDERR_FILENO) >= 0) {
    ::execvp(arguments[0], arguments.data());
  }
  ::_exit(127);
}

}  // namespace

Result<Child> Child::start(const ChildOptions& options) {
  Fd network_namespace;
  if (!options.network_namespace.empty()) {
    const std::string path = "/run/netns/" + options.network_namespace;
    network_namespace = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!network_namespace.valid()) return fail_errno(errno, "cannot open {}", path);
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
  Fd reading(ends[0]);
  const Fd writing(ends[1]);
  std::vector<std::string> words = options.command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(errno, "cannot fork");
  if (pid == 0) become(arguments, network_namespace.valid() ? network_namespace.get() : -1, writing.get());
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  return Child(pid, std::move(reading));
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)), unread_(std::move(other.unread_)) {}

Child& Child::operator=(Child&& other) noexcept {
  end();
  pid_ = std::exchange(other.pid_, -1);
  output_ = std::move(other.output_);
  unread_ = std::move(other.unread_);
  return *this;
}

Child::~Child() { end(); }

void Child::end() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::string Child::output() {
  std::array<char, 4096> buffer;
  ssize_t count = 0;
  while ((count = ::read(output_.get(), buffer.data(), buffer.size())) > 0) {
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return std::exchange(unread_, {});
}

Status Child::wait_for_line(const std::string& text, Duration patience) {
  const Instant end = io::monotonic_now() + patience;
  std::string said;
  bool over = false;
  while (!over) {
    over = io::monotonic_now() >= end;
    pollfd wait{output_.get(), POLLIN, 0};
    ::poll(&wait, 1, 50);
    said += output();
    const std::size_t found = said.find(text);
    if (found != std::string::npos && said.find('\n', found) != std::string::npos) return {};
    if ((wait.revents & (POLLIN | POLLHUP)) == POLLHUP) break;
  }
  return fail("waiting for \"{}\", got: {}", text, said.empty() ? "nothing" : said);
}

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

Result<int> Child::wait(Duration patience) {
  const Instant end = io::monotonic_now() + patience;
  while (true) {
    int status = 0;
    const pid_t pid = ::waitpid(pid_, &status, WNOHANG);
    if (pid == pid_) {
      pid_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (pid < 0 && errno != EINTR) return fail_errno(errno, "waitpid");
    if (io::monotonic_now() >= end) return fail("process {} does not end", pid_);
    std::this_thread::sleep_for(kGlance);
  }
}

}  // namespace aoekit::power
