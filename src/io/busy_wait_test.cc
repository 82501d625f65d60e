// Staying awake: as long as it pays, ever more rarely when it does not.
#include "io/busy_wait.h"

#include <gtest/gtest.h>

namespace aoekit::io {
namespace {

constexpr Duration kLongest = std::chrono::microseconds(50);

TEST(BusyWait, OffByDefault) {
  BusyWait wait;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(wait.next(), Duration::zero());
}

TEST(BusyWait, GoesOnWhileItPays) {
  BusyWait wait(kLongest);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(wait.next(), kLongest);
    wait.succeeded();
  }
}

TEST(BusyWait, FailuresMakeItRare) {
  BusyWait wait(kLongest);
  int busy = 0;
  for (int i = 0; i < 100000; ++i) {
    if (wait.next() == Duration::zero()) continue;
    wait.failed();
    ++busy;
  }
  EXPECT_GT(busy, 50);
  EXPECT_LT(busy, 150);
}

TEST(BusyWait, OneSuccessBringsItBack) {
  BusyWait wait(kLongest);
  for (int failures = 0; failures < 5;) {
    if (wait.next() == Duration::zero()) continue;
    wait.failed();
    ++failures;
  }
  while (wait.next() == Duration::zero()) {
  }
  wait.succeeded();
  EXPECT_EQ(wait.next(), kLongest);
}

}  // namespace
}  // namespace aoekit::io
