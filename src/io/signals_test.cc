// Signals arrive as events and not as deaths.
#include "io/signals.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <array>

namespace aoekit::io {
namespace {

bool readable(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, 0) == 1;
}

class SignalSourceTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, nullptr, &before_), 0); }
  void TearDown() override { ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &before_, nullptr), 0); }
  sigset_t before_{};
};

TEST_F(SignalSourceTest, DeliversWhatArrived) {
  constexpr std::array<int, 2> kSignals = {SIGTERM, SIGINT};
  Result<SignalSource> source = SignalSource::create(kSignals);
  ASSERT_TRUE(source);
  EXPECT_FALSE(readable(source->fd()));
  EXPECT_EQ(source->next(), std::nullopt);
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_TRUE(readable(source->fd()));
  EXPECT_EQ(source->next(), SIGTERM);
  EXPECT_EQ(source->next(), std::nullopt);
  EXPECT_FALSE(readable(source->fd()));
}

TEST_F(SignalSourceTest, RefusesANumberThatIsNoSignal) {
  constexpr std::array<int, 1> kSignals = {4711};
  EXPECT_FALSE(SignalSource::create(kSignals));
}

}  // namespace
}  // namespace aoekit::io
