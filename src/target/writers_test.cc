// Holders of exclusive exports, second writers of others, and the queue of events.
#include "target/writers.h"

#include <gtest/gtest.h>

namespace aoekit::target {
namespace {

using Kind = TargetEvent::Kind;
using std::chrono::seconds;

constexpr wire::MacAddress kAlice{{2, 0, 0, 0, 0, 0xa1}};
constexpr wire::MacAddress kBob{{2, 0, 0, 0, 0, 0xb0}};
constexpr ExportId kDevice{7};

class WritersTest : public ::testing::Test {
 protected:
  static Instant at(int second) { return Instant{} + seconds(second); }
  void write(const wire::MacAddress& station, int second) { writers_.wrote(kDevice, station, at(second), events_); }
  // What happened since the last call, as "kind station".
  std::vector<TargetEvent> happened() {
    std::vector<TargetEvent> events(EventQueue::kCapacity);
    events.resize(events_.take(events));
    return events;
  }

  Writers writers_;
  EventQueue events_;
};

TEST_F(WritersTest, TheFirstWriterHoldsAnExclusiveExport) {
  writers_.set_rules(Sharing::exclusive, seconds(150));
  EXPECT_EQ(writers_.holder(at(0)), std::nullopt);
  EXPECT_TRUE(writers_.would_take(kAlice));
  write(kAlice, 0);
  EXPECT_EQ(writers_.holder(at(1)), kAlice);
  EXPECT_TRUE(writers_.permits(kAlice, at(1)));
  EXPECT_FALSE(writers_.would_take(kAlice));
  EXPECT_FALSE(writers_.permits(kBob, at(1)));
  const auto events = happened();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, Kind::holder_taken);
  EXPECT_EQ(events[0].mac, kAlice);
  EXPECT_EQ(events[0].device, kDevice);
}

TEST_F(WritersTest, AHolderThatIsSilentForTheTimeoutLosesIt) {
  writers_.set_rules(Sharing::exclusive, seconds(150));
  write(kAlice, 0);
  writers_.heard(kAlice, at(100));
  writers_.heard(kBob, at(240));
  EXPECT_FALSE(writers_.permits(kBob, at(249)));
  EXPECT_TRUE(writers_.permits(kBob, at(250)));
  EXPECT_EQ(writers_.holder(at(250)), std::nullopt);
  happened();
  write(kBob, 250);
  const auto events = happened();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, Kind::holder_released);
  EXPECT_EQ(events[0].mac, kAlice);
  EXPECT_EQ(events[1].kind, Kind::holder_taken);
  EXPECT_EQ(events[1].mac, kBob);
  EXPECT_FALSE(writers_.permits(kAlice, at(251)));
}

TEST_F(WritersTest, ReleaseLetsAnybodyBeTheNext) {
  writers_.set_rules(Sharing::exclusive, seconds(150));
  EXPECT_FALSE(writers_.release(kDevice, events_));
  write(kAlice, 0);
  EXPECT_TRUE(writers_.release(kDevice, events_));
  EXPECT_TRUE(writers_.permits(kBob, at(0)));
  EXPECT_EQ(happened().size(), 2U);
}

TEST_F(WritersTest, AnExportThatIsExclusiveNoLongerHasNoHolder) {
  writers_.set_rules(Sharing::exclusive, seconds(150));
  write(kAlice, 0);
  writers_.set_rules(Sharing::exclusive, seconds(10));
  EXPECT_EQ(writers_.holder(at(1)), kAlice);
  writers_.set_rules(Sharing::shared, seconds(10));
  EXPECT_TRUE(writers_.permits(kBob, at(1)));
  EXPECT_EQ(writers_.holder(at(1)), std::nullopt);
}

TEST_F(WritersTest, TwoThatWriteWithinAMinuteAreReportedOnceAMinute) {
  write(kAlice, 0);
  write(kAlice, 1);
  EXPECT_TRUE(happened().empty());
  for (int second = 2; second < 62; ++second) write(second % 2 == 0 ? kBob : kAlice, second);
  const auto events = happened();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, Kind::second_writer);
  EXPECT_EQ(events[0].mac, kBob);
  EXPECT_EQ(events[0].other, kAlice);
  write(kBob, 62);
  EXPECT_EQ(happened().size(), 1U);
}

TEST_F(WritersTest, WritersThatFollowEachOtherAreNoNews) {
  write(kAlice, 0);
  write(kBob, 60);
  EXPECT_TRUE(happened().empty());
}

TEST_F(WritersTest, ASharedExportMayHaveManyWriters) {
  writers_.set_rules(Sharing::shared, seconds(150));
  write(kAlice, 0);
  write(kBob, 0);
  EXPECT_TRUE(happened().empty());
}

TEST(EventQueue, KeepsTheOldestAndCountsTheRest) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < EventQueue::kCapacity + 3; ++i) queue.push({Kind::holder_taken, ExportId{i}, kAlice});
  EXPECT_EQ(queue.lost(), 3U);
  std::array<TargetEvent, 10> some;
  EXPECT_EQ(queue.take(some), 10U);
  EXPECT_EQ(some[9].device.value, 9U);
  queue.push({Kind::holder_taken, ExportId{1000}, kAlice});
  std::array<TargetEvent, 100> rest;
  EXPECT_EQ(queue.take(rest), EventQueue::kCapacity - 10 + 1);
  EXPECT_EQ(rest[0].device.value, 10U);
  EXPECT_EQ(rest[EventQueue::kCapacity - 10].device.value, 1000U);
  EXPECT_EQ(queue.take(rest), 0U);
}

}  // namespace
}  // namespace aoekit::target
