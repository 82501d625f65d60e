// Sleeping with ppoll(2).
#include "cli/bench/wait_for.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "io/clock.h"

namespace aoekit::bench {

Status wait_for(int fd, Instant until) {
  const Duration left = std::max(until - io::monotonic_now(), Duration{});
  const timespec timeout{.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000),
                         .tv_nsec = static_cast<long>(left.count() % 1'000'000'000)};
  pollfd source{.fd = fd, .events = POLLIN, .revents = 0};
  if (::ppoll(&source, 1, &timeout, nullptr) < 0 && errno != EINTR) return fail_errno(errno, "cannot wait for frames");
  return {};
}

}  // namespace aoekit::bench
