// The window respects the target's buffers, grows with answers and shrinks once per congestion.
#include "initiator/congestion_window.h"

#include <gtest/gtest.h>

namespace aoekit::initiator {
namespace {

constexpr Instant at(int ms) { return Instant{} + std::chrono::milliseconds(ms); }

TEST(CongestionWindow, StartsAtHalfAndNeverExceedsTheBuffers) {
  CongestionWindow window(16);
  EXPECT_EQ(window.size(), 8U);
  for (int i = 0; i < 1000; ++i) window.answered();
  EXPECT_EQ(window.size(), 16U);
}

TEST(CongestionWindow, TargetsWithNoOrOneBufferStillWork) {
  EXPECT_EQ(CongestionWindow(0).size(), 1U);
  EXPECT_EQ(CongestionWindow(1).size(), 1U);
}

TEST(CongestionWindow, FollowsAChangedBufferCount) {
  CongestionWindow window(16);
  window.set_limit(4);
  EXPECT_EQ(window.size(), 4U);
  window.set_limit(64);
  EXPECT_EQ(window.size(), 4U);
  for (int i = 0; i < 60; ++i) window.answered();
  EXPECT_EQ(window.size(), 64U) << "without a loss it grows by one an answer";
  window.set_limit(0);
  EXPECT_EQ(window.size(), 1U);
}

TEST(CongestionWindow, ABurstOfLossesHalvesOnce) {
  CongestionWindow window(64);
  for (int i = 0; i < 100; ++i) window.answered();
  ASSERT_EQ(window.size(), 64U);
  for (int i = 0; i < 64; ++i) window.lost(at(10), at(30));
  EXPECT_EQ(window.size(), 32U);
}

TEST(CongestionWindow, SilenceFallsToOneAndRecoversFast) {
  CongestionWindow window(64);
  window.lost(at(10), at(30));
  EXPECT_EQ(window.size(), 16U);
  window.lost(at(31), at(80));
  EXPECT_EQ(window.size(), 1U);
  for (int i = 0; i < 7; ++i) window.answered();
  EXPECT_EQ(window.size(), 8U);  // slow start to half of what it was
}

TEST(CongestionWindow, GrowsByOneAWindowBeyondTheThreshold) {
  CongestionWindow window(16);
  window.lost(at(1), at(2));
  ASSERT_EQ(window.size(), 4U);
  for (int i = 0; i < 4; ++i) window.answered();
  EXPECT_EQ(window.size(), 5U);
  for (int i = 0; i < 4; ++i) window.answered();
  EXPECT_EQ(window.size(), 5U);
  window.answered();
  EXPECT_EQ(window.size(), 6U);
}

}  // namespace
}  // namespace aoekit::initiator
