// timerfd_settime with absolute times; setting a timer anew also takes back that it has expired.
#include "io/timer.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"

namespace aoekit::io {

Result<Timer> Timer::create() {
  Fd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd.valid()) return fail_errno(errno, "cannot create a timer");
  return Timer(std::move(fd));
}

void Timer::set(std::optional<Instant> deadline) {
  if (deadline == deadline_) return;
  deadline_ = deadline;
  itimerspec when{};
  if (deadline) {
    // All zeros would mean never.
    const Duration since_start = std::max(deadline->time_since_epoch(), Duration(1));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_start);
    when.it_value.tv_sec = seconds.count();
    when.it_value.tv_nsec = (since_start - seconds).count();
  }
  AOEKIT_CHECK(::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &when, nullptr) == 0);
}

}  // namespace aoekit::io
