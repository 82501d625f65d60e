// The earliest comes first, whatever was moved and removed in between.
#include "initiator/timer_queue.h"

#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"

namespace aoekit::initiator {
namespace {

Instant at(std::uint64_t ns) { return Instant{} + Duration{static_cast<std::int64_t>(ns)}; }

TEST(TimerQueue, OnlyWhatIsDueComesOut) {
  TimerQueue queue(4);
  EXPECT_EQ(queue.earliest(), std::nullopt);
  queue.set(2, at(20));
  queue.set(0, at(10));
  EXPECT_EQ(queue.earliest(), at(10));
  EXPECT_EQ(queue.pop_due(at(9)), std::nullopt);
  EXPECT_EQ(queue.pop_due(at(30)), 0U);
  EXPECT_EQ(queue.deadline(0), std::nullopt);
  EXPECT_EQ(queue.deadline(2), at(20));
  EXPECT_EQ(queue.pop_due(at(30)), 2U);
  EXPECT_EQ(queue.pop_due(at(30)), std::nullopt);
}

TEST(TimerQueue, EqualDeadlinesComeInTheOrderOfTheirNumbers) {
  TimerQueue queue(8);
  for (const std::uint32_t timer : {5U, 1U, 7U, 3U}) queue.set(timer, at(1));
  for (const std::uint32_t timer : {1U, 3U, 5U, 7U}) EXPECT_EQ(queue.pop_due(at(1)), timer);
}

TEST(TimerQueue, AgreesWithASortedListThroughRandomChanges) {
  constexpr std::uint32_t kTimers = 64;
  TimerQueue queue(kTimers);
  std::map<std::uint32_t, Instant> expected;
  Prng prng(7);
  for (int step = 0; step < 20'000; ++step) {
    const auto timer = static_cast<std::uint32_t>(prng.below(kTimers));
    if (prng.below(3) > 0) {
      const Instant deadline = at(prng.below(1000));
      queue.set(timer, deadline);
      expected[timer] = deadline;
    } else if (prng.below(2) > 0) {
      queue.cancel(timer);
      expected.erase(timer);
    } else {
      const Instant now = at(prng.below(1000));
      std::optional<std::uint32_t> first;
      for (const auto& [candidate, deadline] : expected) {
        if (deadline <= now && (!first || deadline < expected[*first])) first = candidate;
      }
      ASSERT_EQ(queue.pop_due(now), first) << "step " << step;
      if (first) expected.erase(*first);
    }
  }
}

}  // namespace
}  // namespace aoekit::initiator
