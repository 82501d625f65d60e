// The model complains when it should: stale, torn, foreign and early data, and only then.
#include "tests/torture/ordered_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/content.h"

namespace aoekit::torture {
namespace {

using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

constexpr SectorRange kRange{{4}, {2}};

class OrderedDiskTest : public ::testing::Test {
 protected:
  // What the two sectors hold after these writes; 0 for zeros.
  static Bytes data(OrderedDisk::Version first, OrderedDisk::Version second) {
    Bytes bytes(kRange.count.bytes());
    const MutableBytes view(bytes);
    if (first != 0) sim::stamp(view.first(kSectorBytes), first, {.lba = {4}});
    if (second != 0) sim::stamp(view.subspan(kSectorBytes), second, {.lba = {5}});
    return bytes;
  }
  std::string read(const Bytes& bytes) const { return disk_.check_read(kRange, disk_.read_submitted(kRange), bytes); }

  OrderedDisk disk_{Sectors{16}};
};

TEST_F(OrderedDiskTest, BeginsWithZeros) {
  EXPECT_EQ(read(data(0, 0)), "");
  EXPECT_THAT(read(data(0, 1)), HasSubstr("sector 5: holds version 1"));
}

TEST_F(OrderedDiskTest, AReadSeesTheLastWriteBeforeIt) {
  const auto first = disk_.write_submitted(kRange);
  EXPECT_EQ(disk_.write_succeeded(first, kRange), "");
  EXPECT_EQ(read(data(first, first)), "");
  const auto submitted = disk_.read_submitted(kRange);
  const auto second = disk_.write_submitted(kRange);
  EXPECT_EQ(disk_.check_read(kRange, submitted, data(first, first)), "");
  EXPECT_THAT(disk_.check_read(kRange, submitted, data(second, first)), HasSubstr("sector 4: holds version 2"));
  EXPECT_EQ(disk_.write_succeeded(second, kRange), "");
  EXPECT_EQ(read(data(second, second)), "");
  EXPECT_THAT(read(data(second, first)), HasSubstr("sector 5: holds version 1 in place of 2"));
  EXPECT_NE(read(data(0, 0)), "");
}

TEST_F(OrderedDiskTest, ForeignAndTornDataAreGarbage) {
  const auto first = disk_.write_submitted(kRange);
  EXPECT_EQ(disk_.write_succeeded(first, kRange), "");
  Bytes torn = data(first, first);
  torn[kSectorBytes + 300] ^= 1;
  EXPECT_THAT(read(torn), HasSubstr("sector 5: holds garbage"));
  Bytes swapped = data(first, first);
  std::swap_ranges(swapped.begin(), swapped.begin() + kSectorBytes, swapped.begin() + kSectorBytes);
  EXPECT_THAT(read(swapped), HasSubstr("sector 4: holds garbage"));
}

TEST_F(OrderedDiskTest, OrderOfCompletionMatters) {
  const auto first = disk_.write_submitted(kRange);
  const auto second = disk_.write_submitted({{5}, {1}});
  EXPECT_THAT(read(data(0, 0)), HasSubstr("a read was done before write 1"));
  EXPECT_THAT(disk_.write_succeeded(second, {{5}, {1}}), HasSubstr("write 2 was done before write 1"));
  EXPECT_EQ(first, 1U);
}

TEST_F(OrderedDiskTest, AFailedWriteLeavesAChoiceUntilTheNext) {
  const auto first = disk_.write_submitted(kRange);
  EXPECT_EQ(disk_.write_succeeded(first, kRange), "");
  const auto failed = disk_.write_submitted(kRange);
  disk_.write_failed(failed, kRange);
  for (const Bytes& bytes : {data(first, first), data(first, failed), data(failed, first), data(failed, failed)}) {
    EXPECT_EQ(read(bytes), "");
  }
  EXPECT_NE(read(data(0, 0)), "");
  const auto last = disk_.write_submitted(kRange);
  EXPECT_EQ(disk_.write_succeeded(last, kRange), "");
  EXPECT_NE(read(data(last, failed)), "");
}

TEST_F(OrderedDiskTest, ZerosAreAWriteOfTheirOwn) {
  const auto first = disk_.write_submitted(kRange);
  EXPECT_EQ(disk_.write_succeeded(first, kRange), "");
  const auto zeroed = disk_.zero_submitted(kRange);
  EXPECT_EQ(disk_.write_succeeded(zeroed, kRange), "");
  EXPECT_EQ(read(data(0, 0)), "");
  EXPECT_NE(read(data(0, first)), "");
}

}  // namespace
}  // namespace aoekit::torture
