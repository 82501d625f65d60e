// What clients are promised follows from what the disk has; zeros are trimmed only where that is the same.
#include "frontend/nbdkit/abilities.h"

#include <gtest/gtest.h>

#include <cstring>

namespace aoekit::nbd {
namespace {

aoe_disk_status disk_with(std::uint32_t flags) {
  aoe_disk_status status{};
  status.flags = flags;
  status.physical_sector_bytes = 512;
  return status;
}

Abilities with(std::uint32_t flags) { return abilities_of(disk_with(flags)); }

TEST(NbdkitAbilities, AWriteCacheNeedsFlushOrFua) {
  EXPECT_FALSE(with(AOE_DISK_WRITE_CACHE).flush);
  EXPECT_EQ(with(AOE_DISK_WRITE_CACHE).fua, Fua::none);
  EXPECT_TRUE(with(AOE_DISK_WRITE_CACHE | AOE_DISK_CAN_FLUSH).flush);
  EXPECT_EQ(with(AOE_DISK_WRITE_CACHE | AOE_DISK_CAN_FLUSH).fua, Fua::by_flush);
  EXPECT_EQ(with(AOE_DISK_WRITE_CACHE | AOE_DISK_CAN_FLUSH | AOE_DISK_CAN_FUA).fua, Fua::native);
}

TEST(NbdkitAbilities, WithoutAWriteCacheEveryWriteIsFua) {
  EXPECT_TRUE(with(0).flush);
  EXPECT_EQ(with(0).fua, Fua::native);
}

TEST(NbdkitAbilities, Trim) {
  EXPECT_FALSE(with(AOE_DISK_TRIM_ZEROES).trim_zeroes) << "without trim there are no trimmed sectors";
  EXPECT_TRUE(with(AOE_DISK_CAN_TRIM).trim);
  EXPECT_FALSE(with(AOE_DISK_CAN_TRIM).trim_zeroes);
  EXPECT_TRUE(with(AOE_DISK_CAN_TRIM | AOE_DISK_TRIM_ZEROES).trim_zeroes);
}

TEST(NbdkitAbilities, PreferredBlockIsAPowerOfTwoOfAPageAtLeast) {
  auto status = disk_with(0);
  EXPECT_EQ(abilities_of(status).preferred_block_bytes, 4096u);
  status.physical_sector_bytes = 16384;
  EXPECT_EQ(abilities_of(status).preferred_block_bytes, 16384u);
  for (const std::uint32_t odd : {0u, 12288u}) {
    status.physical_sector_bytes = odd;
    EXPECT_EQ(abilities_of(status).preferred_block_bytes, 4096u);
  }
}

TEST(NbdkitAbilities, ZerosThatMustBeWritten) {
  const Abilities can = with(AOE_DISK_CAN_TRIM | AOE_DISK_TRIM_ZEROES | AOE_DISK_CAN_FLUSH);
  EXPECT_EQ(plan_zero(can, {}).flags, 0u);
  EXPECT_EQ(plan_zero(can, {.fua = true}).flags, AOE_FUA);
  EXPECT_FALSE(plan_zero(can, {.fua = true}).flush_after);
  EXPECT_TRUE(plan_zero(can, {.fast = true}).refused);
  EXPECT_TRUE(plan_zero(can, {.fua = true, .fast = true}).refused);
}

TEST(NbdkitAbilities, ZerosThatMayBeTrimmed) {
  const Abilities can = with(AOE_DISK_CAN_TRIM | AOE_DISK_TRIM_ZEROES | AOE_DISK_CAN_FLUSH);
  EXPECT_EQ(plan_zero(can, {.may_trim = true, .fast = true}).flags, AOE_MAY_TRIM);
  const ZeroPlan durable = plan_zero(can, {.may_trim = true, .fua = true, .fast = true});
  EXPECT_FALSE(durable.refused);
  EXPECT_EQ(durable.flags, AOE_MAY_TRIM);
  EXPECT_TRUE(durable.flush_after);
}

TEST(NbdkitAbilities, ATrimThatPromisesNothingIsNoZero) {
  const Abilities can = with(AOE_DISK_CAN_TRIM | AOE_DISK_CAN_FLUSH);
  EXPECT_EQ(plan_zero(can, {.may_trim = true}).flags, 0u);
  EXPECT_TRUE(plan_zero(can, {.may_trim = true, .fast = true}).refused);
}

TEST(NbdkitAbilities, DescriptionForPeople) {
  auto status = disk_with(0);
  status.size_bytes = 1536;
  EXPECT_EQ(describe(status), "AoE disk, 1.5 KiB");
  std::strcpy(status.model, "Great Disk");
  std::strcpy(status.serial, "S1");
  status.size_bytes = std::uint64_t{20} << 30;
  EXPECT_EQ(describe(status), "Great Disk, 20 GiB, serial number S1");
}

}  // namespace
}  // namespace aoekit::nbd
