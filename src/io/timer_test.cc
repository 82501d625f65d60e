// Readable when the time has come, not before, and not after it was cleared.
#include "io/timer.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "io/clock.h"

namespace aoekit::io {
namespace {

bool is_readable(const Timer& timer, int wait_ms) {
  pollfd wait{timer.fd(), POLLIN, 0};
  return ::poll(&wait, 1, wait_ms) == 1;
}

TEST(Timer, IsReadableOnceTheDeadlineHasCome) {
  auto timer = Timer::create().value();
  EXPECT_FALSE(is_readable(timer, 0));
  const Instant deadline = monotonic_now() + std::chrono::milliseconds(20);
  timer.set(deadline);
  ASSERT_TRUE(is_readable(timer, 10000));
  EXPECT_GE(monotonic_now(), deadline);
  EXPECT_TRUE(is_readable(timer, 0)) << "until somebody clears it";
  timer.clear();
  EXPECT_FALSE(is_readable(timer, 0));
}

TEST(Timer, APastDeadlineIsReadableAtOnce) {
  auto timer = Timer::create().value();
  timer.set(Instant::min());
  EXPECT_TRUE(is_readable(timer, 1000));
  timer.set(monotonic_now() + std::chrono::hours(1));
  EXPECT_FALSE(is_readable(timer, 0)) << "another deadline replaces it";
}

}  // namespace
}  // namespace aoekit::io
