// Events become lines that a person can act on, once a minute each.
#include "daemon/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aoekit::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr wire::MacAddress kOne{{2, 0, 0, 0, 0, 1}};
constexpr wire::MacAddress kTwo{{2, 0, 0, 0, 0, 2}};
constexpr wire::AoeAddress kAddress{1, 2};
const target::TargetEvent kSecondWriter{target::TargetEvent::Kind::second_writer, {}, kOne, kTwo};

TEST(EventLog, NamesTheStations) {
  config::Names names;
  names.by_mac[kOne] = "alpha";
  EventLog log(std::chrono::minutes(1));
  const std::string line = log.line(kAddress, kSecondWriter, names, Instant{});
  EXPECT_THAT(line, HasSubstr("e1.2: alpha (02:00:00:00:00:01) writes it, and so did 02:00:00:00:00:02"));
}

TEST(EventLog, TheSameEventWaitsForItsTimeAndOthersDoNot) {
  EventLog log(std::chrono::minutes(1));
  const config::Names names;
  const Instant start{};
  EXPECT_NE(log.line(kAddress, kSecondWriter, names, start), "");
  EXPECT_EQ(log.line(kAddress, kSecondWriter, names, start + std::chrono::seconds(59)), "");
  EXPECT_NE(log.line({1, 3}, kSecondWriter, names, start), "") << "another export";
  const target::TargetEvent taken{target::TargetEvent::Kind::holder_taken, {}, kOne, {}};
  EXPECT_NE(log.line(kAddress, taken, names, start), "") << "another kind";
  const Instant later = start + std::chrono::seconds(60);
  EXPECT_THAT(log.line(kAddress, kSecondWriter, names, later), HasSubstr("(1 more like this"));
  const Instant much_later = start + std::chrono::minutes(5);
  EXPECT_THAT(log.line(kAddress, kSecondWriter, names, much_later), Not(HasSubstr("more like this")));
}

TEST(EventLog, MadeUpStationsDoNotFillTheMemory) {
  EventLog log(std::chrono::minutes(1));
  const config::Names names;
  std::size_t lines = 0;
  for (std::size_t i = 0; i < EventLog::kKeysMax + 100; ++i) {
    target::TargetEvent event = kSecondWriter;
    event.mac.bytes[4] = static_cast<std::uint8_t>(i >> 8);
    event.mac.bytes[5] = static_cast<std::uint8_t>(i);
    if (!log.line(kAddress, event, names, Instant{}).empty()) ++lines;
  }
  EXPECT_EQ(lines, EventLog::kKeysMax);
}

}  // namespace
}  // namespace aoekit::daemon
