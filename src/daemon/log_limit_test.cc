// What flaps is told of, but not without end, and does not hide others.
#include "daemon/log_limit.h"

#include <gtest/gtest.h>

namespace aoekit::daemon {
namespace {

constexpr Instant kStart = Instant(std::chrono::hours(1));

TEST(LogLimit, SomeLinesAMinuteOfEachThing) {
  LogLimit limit;
  for (std::size_t i = 0; i < LogLimit::kPerInterval; ++i) EXPECT_EQ(limit.line("eth0", "down", kStart), "down");
  for (int i = 0; i < 7; ++i) EXPECT_EQ(limit.line("eth0", "down", kStart + std::chrono::seconds(59)), "");
  EXPECT_EQ(limit.line("eth1", "down", kStart), "down") << "another one";
  const Instant later = kStart + LogLimit::kInterval;
  EXPECT_EQ(limit.line("eth0", "up", later), "up (7 more messages like this were not logged)");
  for (std::size_t i = 1; i < LogLimit::kPerInterval; ++i) EXPECT_EQ(limit.line("eth0", "down", later), "down");
  EXPECT_EQ(limit.line("eth0", "down", later), "");
}

TEST(LogLimit, TooManyThingsAreCountedTogether) {
  LogLimit limit;
  for (std::size_t i = 0; i < LogLimit::kThingsMax; ++i) EXPECT_EQ(limit.line(std::to_string(i), "x", kStart), "x");
  std::size_t written = 0;
  for (int i = 0; i < 1000; ++i) {
    if (!limit.line("veth" + std::to_string(i), "x", kStart).empty()) ++written;
  }
  EXPECT_EQ(written, LogLimit::kPerInterval);
  EXPECT_EQ(limit.line("0", "x", kStart), "x") << "those with a place keep it";
  EXPECT_EQ(limit.line("eth9", "x", kStart + LogLimit::kInterval), "x") << "later there is room again";
}

}  // namespace
}  // namespace aoekit::daemon
