// Ping's lines look like ping's, and its arithmetic is right.
#include "cli/ping_format.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace aoekit::cli {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr wire::AoeAddress kAddress{1, 2};

TEST(PingFormat, ReplyLine) {
  PingReply reply{kAddress, {{2, 0, 0, 0, 0, 0x0b}}, "eth0", 60, 3, microseconds(123), ReplyOrder::first};
  EXPECT_EQ(format_reply(reply), "60 bytes from e1.2 (02:00:00:00:00:0b, eth0): seq=3 time=0.123 ms\n");
  reply.round_trip = microseconds(12345);
  reply.order = ReplyOrder::duplicate;
  EXPECT_EQ(format_reply(reply), "60 bytes from e1.2 (02:00:00:00:00:0b, eth0): seq=3 time=12.35 ms (DUP!)\n");
}

TEST(PingFormat, SummaryHasMinAvgMaxMdev) {
  PingStatistics statistics;
  for (int i = 0; i < 4; ++i) statistics.sent();
  statistics.received(milliseconds(1));
  statistics.received(milliseconds(2));
  statistics.received(milliseconds(3));
  EXPECT_EQ(statistics.summary(kAddress, seconds(3)),
            "\n--- e1.2 aoe ping statistics ---\n"
            "4 transmitted, 3 received, 25% loss, time 3000 ms\n"
            "rtt min/avg/max/mdev = 1.000/2.000/3.000/0.816 ms\n");
}

TEST(PingFormat, NothingReceivedHasNoTimes) {
  PingStatistics statistics;
  statistics.sent();
  const std::string text = statistics.summary(kAddress, seconds(1));
  EXPECT_NE(text.find("100% loss"), std::string::npos);
  EXPECT_EQ(text.find("rtt"), std::string::npos);
  EXPECT_FALSE(statistics.json(kAddress, seconds(1)).contains("rtt_ms"));
  EXPECT_EQ(PingStatistics{}.loss_percent(), 0);
}

}  // namespace
}  // namespace aoekit::cli
