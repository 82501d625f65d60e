// Requests stay in their range, and schedules keep their times.
#include "cli/bench/workload.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/bench/schedule.h"

namespace aoekit::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

WorkloadOptions options() {
  return {.range = {{1000}, {85}}, .request_size = {8}};  // ten places and five sectors left over
}

TEST(Workload, RandomPlacesAreAlignedWithinTheRangeAndAllOfThem) {
  Workload workload(options());
  std::set<std::uint64_t> places;
  for (int i = 0; i < 1000; ++i) {
    const Request request = workload.next();
    EXPECT_EQ(request.kind, Kind::read);
    EXPECT_EQ(request.range.count, Sectors{8});
    EXPECT_EQ((request.range.first.value - 1000) % 8, 0U);
    places.insert(request.range.first.value);
  }
  EXPECT_EQ(places.size(), 10U);
  EXPECT_EQ(*places.begin(), 1000U);
  EXPECT_EQ(*places.rbegin(), 1072U);
}

TEST(Workload, SequentialGoesRound) {
  WorkloadOptions sequential = options();
  sequential.order = Order::sequential;
  sequential.read_percent = 0;
  Workload workload(sequential);
  for (std::uint64_t i = 0; i < 25; ++i) {
    const Request request = workload.next();
    EXPECT_EQ(request.kind, Kind::write);
    EXPECT_EQ(request.range.first.value, 1000 + i % 10 * 8);
  }
}

TEST(Workload, MixHasTheShareOfReadsAndASeedRepeatsIt) {
  WorkloadOptions mixed = options();
  mixed.read_percent = 70;
  Workload workload(mixed);
  Workload same(mixed);
  int reads = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Request request = workload.next();
    if (request.kind == Kind::read) ++reads;
    const Request again = same.next();
    EXPECT_EQ(again.kind, request.kind);
    EXPECT_EQ(again.range, request.range);
  }
  EXPECT_NEAR(reads, 7000, 250);  // more than five standard deviations
}

TEST(Workload, QueriesNeedNoDisk) {
  Workload workload({.queries = true});
  EXPECT_EQ(workload.next().kind, Kind::query);
}

TEST(Schedule, ClosedLoopIsAlwaysDue) {
  Schedule schedule = Schedule::closed_loop();
  const Instant now{milliseconds(5)};
  EXPECT_EQ(schedule.take(now), now);
  EXPECT_EQ(schedule.take(now), now);
  EXPECT_FALSE(schedule.next_due());
}

TEST(Schedule, OpenLoopCountsFromWhenARequestWasDue) {
  const Instant start{milliseconds(100)};
  Schedule schedule = Schedule::open_loop(start, 1000);
  EXPECT_FALSE(schedule.take(start - microseconds(1)));
  EXPECT_EQ(schedule.take(start), start);
  EXPECT_FALSE(schedule.take(start));
  EXPECT_EQ(schedule.next_due(), start + milliseconds(1));
  // The target was silent for ten milliseconds: all ten requests are late, each from its own time on.
  const Instant late = start + milliseconds(10);
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(schedule.take(late), start + milliseconds(i));
  EXPECT_FALSE(schedule.take(late));
}

TEST(Schedule, OpenLoopDoesNotDrift) {
  Schedule schedule = Schedule::open_loop(Instant{}, 300'000);  // 3333.33... ns
  std::uint64_t taken = 0;
  for (Instant now{}; now < Instant{milliseconds(1000)}; now += microseconds(7)) {
    while (schedule.take(now)) ++taken;
  }
  EXPECT_NEAR(static_cast<double>(taken), 300'000, 3);
}

}  // namespace
}  // namespace aoekit::bench
