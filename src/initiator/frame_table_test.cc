// Tags find their own frame only, and memory in an outbox is not reused.
#include "initiator/frame_table.h"

#include <gtest/gtest.h>

namespace aoekit::initiator {
namespace {

constexpr InitiatorLimits kThree{.requests = 4, .frames = 3, .sectors_per_frame_max = 2};

TEST(FrameTable, TagsHaveTheUserSpaceBitAndFindTheirSlot) {
  FrameTable table(kThree, 0x7ffff);
  const SlotIndex a = table.acquire();
  const SlotIndex b = table.acquire();
  EXPECT_NE(a, b);
  EXPECT_NE(table.tag(a) & 0x80000000U, 0U);
  EXPECT_EQ(table.find(table.tag(a)), a);
  EXPECT_EQ(table.find(table.tag(b)), b);
  EXPECT_EQ(table.find(table.tag(a) & 0x7fffffffU), std::nullopt);
  EXPECT_EQ(table.find(0xffffffff), std::nullopt);
}

TEST(FrameTable, TheTagOfAnEarlierUseIsUnknown) {
  FrameTable table(kThree, 5);
  const SlotIndex first = table.acquire();
  const std::uint32_t old_tag = table.tag(first);
  table.release(first);
  EXPECT_EQ(table.find(old_tag), std::nullopt);
  const SlotIndex again = table.acquire();
  EXPECT_EQ(again, first);
  EXPECT_NE(table.tag(again), old_tag);
  EXPECT_EQ(table.find(old_tag), std::nullopt);
}

TEST(FrameTable, QueuedMemoryIsNotReused) {
  FrameTable table(kThree, 0);
  const SlotIndex slot = table.acquire();
  table.queued(slot);
  table.release(slot);
  EXPECT_EQ(table.free_count(), 2U);
  table.unqueued(slot);
  EXPECT_EQ(table.free_count(), 3U);
}

TEST(FrameTable, InFlightListSurvivesReleasesInAnyOrder) {
  FrameTable table(kThree, 0);
  const SlotIndex a = table.acquire();
  const SlotIndex b = table.acquire();
  const SlotIndex c = table.acquire();
  EXPECT_EQ(table.free_count(), 0U);
  table.release(a);
  ASSERT_EQ(table.in_flight().size(), 2U);
  table.release(c);
  ASSERT_EQ(table.in_flight().size(), 1U);
  EXPECT_EQ(table.in_flight()[0], b);
  table.release(b);
  EXPECT_TRUE(table.in_flight().empty());
}

}  // namespace
}  // namespace aoekit::initiator
