// The disks in memory: sparse, trimmed to zeros, and the one that keeps nothing.
#include "backend/memory_device.h"

#include "backend/null_device.h"
#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

using block::BlockStatus;
using testing::Buffer;

TEST(MemoryDevice, KeepsWhatIsWrittenAndReadsZerosElsewhere) {
  auto disk = MemoryDevice::create({.size = Sectors{1ULL << 29}});  // 256 GiB: sparse or impossible
  ASSERT_TRUE(disk) << disk.error().message;
  Buffer written(17);
  written.fill_random(1);
  const std::uint64_t last = (*disk)->info().size.count - 17;
  EXPECT_EQ(testing::write(**disk, last, written), BlockStatus::ok);
  Buffer back(17);
  EXPECT_EQ(testing::read(**disk, last, back), BlockStatus::ok);
  EXPECT_TRUE(back == written);
  EXPECT_EQ(testing::read(**disk, 5, back), BlockStatus::ok);
  EXPECT_TRUE(back.is_all(0));
  EXPECT_EQ(testing::flush(**disk), BlockStatus::ok);
}

TEST(MemoryDevice, TrimZeroesExactlyItsRange) {
  auto disk = MemoryDevice::create({.size = Sectors{100}});
  ASSERT_TRUE(disk);
  Buffer all(100);
  all.fill(0x55);
  ASSERT_EQ(testing::write(**disk, 0, all), BlockStatus::ok);
  EXPECT_EQ(testing::trim(**disk, 3, 60), BlockStatus::ok);
  ASSERT_EQ(testing::read(**disk, 0, all), BlockStatus::ok);
  for (std::size_t sector = 0; sector < 100; ++sector) {
    const std::uint8_t expected = sector >= 3 && sector < 63 ? 0 : 0x55;
    EXPECT_EQ(all.bytes()[sector * kSectorBytes], expected) << sector;
    EXPECT_EQ(all.bytes()[sector * kSectorBytes + 511], expected) << sector;
  }
}

TEST(MemoryDevice, NeedsASizeThatFitsTheAddressSpace) {
  EXPECT_FALSE(MemoryDevice::create({.size = Sectors{0}}));
  EXPECT_FALSE(MemoryDevice::create({.size = Sectors{1ULL << 53}}));
  EXPECT_FALSE(MemoryDevice::create({.size = Sectors{~0ULL}}));
}

TEST(NullDevice, ReadsZerosAfterAnyWrite) {
  NullDevice disk({.size = Sectors{100}});
  Buffer buffer(8);
  EXPECT_EQ(testing::write(disk, 0, buffer), BlockStatus::ok);
  EXPECT_EQ(testing::read(disk, 0, buffer), BlockStatus::ok);
  EXPECT_TRUE(buffer.is_all(0));
}

TEST(MemoryDeviceDeathTest, AssertsWhatTheSubmitterPromised) {
  auto disk = MemoryDevice::create({.size = Sectors{10}, .access = Access::read_only});
  ASSERT_TRUE(disk);
  Buffer buffer(2);
  EXPECT_DEATH(testing::read(**disk, 9, buffer), "fits");
  EXPECT_DEATH(testing::write(**disk, 0, buffer), "read_only");
}

}  // namespace
}  // namespace aoekit::backend
