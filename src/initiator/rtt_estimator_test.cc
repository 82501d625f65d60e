// Timeouts follow the measured round trips, back off, and recover from a path that became slow.
#include "initiator/rtt_estimator.h"

#include <gtest/gtest.h>

namespace aoekit::initiator {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RttEstimator, StartsWithTheInitialTimeoutNotWithSeconds) {
  const RttEstimator estimator{RetransmitOptions{}};
  EXPECT_EQ(estimator.timeout(1), milliseconds(250));
  EXPECT_FALSE(estimator.smoothed().has_value());
}

TEST(RttEstimator, FastNetworksGetTheMinimum) {
  RttEstimator estimator{RetransmitOptions{}};
  for (int i = 0; i < 20; ++i) estimator.sample(microseconds(80));
  EXPECT_EQ(estimator.timeout(1), milliseconds(20));
  EXPECT_EQ(estimator.smoothed(), microseconds(80));
}

TEST(RttEstimator, FollowsTheRoundTripAndItsSpread) {
  RttEstimator estimator{RetransmitOptions{}};
  estimator.sample(milliseconds(100));
  EXPECT_EQ(estimator.timeout(1), milliseconds(400));  // 2 * 100 + 4 * 50
  for (int i = 0; i < 100; ++i) estimator.sample(milliseconds(100));
  EXPECT_LT(estimator.timeout(1), milliseconds(220));
  EXPECT_GE(estimator.timeout(1), milliseconds(200));
}

TEST(RttEstimator, EachCopyDoublesTheWaitUpToTheMaximum) {
  const RttEstimator estimator{RetransmitOptions{}};
  EXPECT_EQ(estimator.timeout(2), milliseconds(500));
  EXPECT_EQ(estimator.timeout(3), milliseconds(1000));
  EXPECT_EQ(estimator.timeout(30), seconds(8));
}

TEST(RttEstimator, OverdueKnowsNoBackOff) {
  RttEstimator estimator{RetransmitOptions{}};
  estimator.sample(milliseconds(100));
  estimator.timed_out(5);
  EXPECT_EQ(estimator.overdue_after(), milliseconds(400));
  EXPECT_GT(estimator.timeout(1), seconds(5));
}

TEST(RttEstimator, BackOffHoldsForNewFramesUntilASample) {
  RttEstimator estimator{RetransmitOptions{}};
  estimator.sample(milliseconds(1));
  EXPECT_EQ(estimator.timeout(1), milliseconds(20));
  estimator.timed_out(1);
  estimator.timed_out(2);
  estimator.timed_out(1);
  EXPECT_EQ(estimator.timeout(1), milliseconds(80));
  EXPECT_EQ(estimator.timeout(4), milliseconds(160));
  estimator.sample(milliseconds(50));  // the path did become slower, and now we know
  EXPECT_GT(estimator.timeout(1), milliseconds(50));
  EXPECT_EQ(estimator.timeout(2), 2 * estimator.timeout(1));
}

}  // namespace
}  // namespace aoekit::initiator
