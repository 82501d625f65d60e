// Tags find their own frame only, and memory in an outbox is not reused.
#include "initiator/slot_pool.h"

#include <gtest/gtest.h>

namespace aoekit::initiator {
namespace {

SlotPoolOptions three_from(SlotIndex first, std::uint32_t generation) {
  return {.first = first, .count = 3, .frame_bytes = 100, .first_generation = generation};
}

TEST(SlotPool, TagsHaveTheUserSpaceBitAndFindTheirSlot) {
  SlotPool table(three_from(0, 0x7ffff));
  const SlotIndex a = table.acquire();
  const SlotIndex b = table.acquire();
  EXPECT_NE(a, b);
  EXPECT_NE(table.tag(a) & 0x80000000U, 0U);
  EXPECT_EQ(table.find(table.tag(a)), a);
  EXPECT_EQ(table.find(table.tag(b)), b);
  EXPECT_EQ(table.find(table.tag(a) & 0x7fffffffU), std::nullopt);
  EXPECT_EQ(table.find(0xffffffff), std::nullopt);
}

TEST(SlotPool, TheTagOfAnEarlierUseIsUnknown) {
  SlotPool table(three_from(0, 5));
  const SlotIndex first = table.acquire();
  const std::uint32_t old_tag = table.tag(first);
  table.release(first);
  EXPECT_EQ(table.find(old_tag), std::nullopt);
  const SlotIndex again = table.acquire();
  EXPECT_EQ(again, first);
  EXPECT_NE(table.tag(again), old_tag);
  EXPECT_EQ(table.find(old_tag), std::nullopt);
}

TEST(SlotPool, AnotherTagMakesTheFirstUnknown) {
  SlotPool table(three_from(10, 1));
  const SlotIndex slot = table.acquire();
  EXPECT_TRUE(table.contains(slot));
  EXPECT_FALSE(table.contains(9));
  EXPECT_FALSE(table.contains(13));
  const std::uint32_t first = table.tag(slot);
  table.retag(slot);
  EXPECT_EQ(table.find(first), std::nullopt);
  EXPECT_EQ(table.find(table.tag(slot)), slot);
}

TEST(SlotPool, QueuedMemoryIsNotReused) {
  SlotPool table(three_from(0, 0));
  const SlotIndex slot = table.acquire();
  table.queued(slot, 7);
  EXPECT_EQ(table.queued_at(slot), 7U);
  table.release(slot);
  EXPECT_EQ(table.free_count(), 2U);
  EXPECT_TRUE(table.unqueued(slot));
  EXPECT_EQ(table.free_count(), 3U);
}

TEST(SlotPool, InFlightListSurvivesReleasesInAnyOrder) {
  SlotPool table(three_from(0, 0));
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
