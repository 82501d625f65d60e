// Partition tables made by hand, DOS with logical partitions; GPT is tested end to end, with sfdisk's.
#include "frontend/fuse/partition_scan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lib/aoekit.h"

namespace aoekit::fuse {
namespace {

constexpr std::uint64_t kMega = 1024 * 1024;

class TestDisk {
 public:
  explicit TestDisk(std::uint64_t bytes) : bytes_(bytes) {}

  // Entry `index` of the boot record in sector `record`.
  void entry(std::uint64_t record, std::size_t index, std::uint8_t type, std::uint32_t first, std::uint32_t sectors) {
    const std::size_t at = record * AOE_SECTOR_BYTES + 446 + index * 16;
    bytes_[at + 4] = type;
    for (std::size_t i = 0; i < 4; ++i) {
      bytes_[at + 8 + i] = static_cast<std::uint8_t>(first >> (8 * i));
      bytes_[at + 12 + i] = static_cast<std::uint8_t>(sectors >> (8 * i));
    }
    bytes_[record * AOE_SECTOR_BYTES + 510] = 0x55;
    bytes_[record * AOE_SECTOR_BYTES + 511] = 0xaa;
  }

  Result<std::vector<Partition>> scan() {
    auto scan = PartitionScan::begin(bytes_.size());
    if (!scan) return tl::unexpected(scan.error());
    for (PartitionScan::Area area; (area = scan->next()).bytes > 0;) {
      loaded_ += area.bytes;
      ++pieces_;
      EXPECT_LE(area.offset + area.bytes, bytes_.size());
      const Status stored = scan->store(ByteView(bytes_).subspan(area.offset, area.bytes));
      if (!stored) return tl::unexpected(stored.error());
    }
    return scan->read();
  }

  std::size_t loaded() const { return loaded_; }
  std::size_t pieces() const { return pieces_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t loaded_ = 0, pieces_ = 0;
};

TEST(PartitionScan, NoTable) {
  TestDisk disk(4 * kMega);
  const auto found = disk.scan();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->empty());
  EXPECT_LT(disk.loaded(), kMega);
}

TEST(PartitionScan, TinyDisk) {
  TestDisk disk(AOE_SECTOR_BYTES);
  EXPECT_TRUE(disk.scan());
}

TEST(PartitionScan, PrimaryPartitions) {
  TestDisk disk(16 * kMega);
  disk.entry(0, 0, 0x83, 2048, 4096);
  disk.entry(0, 2, 0x0c, 8192, 2048);
  const auto found = disk.scan();
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (std::vector<Partition>{{1, kMega, 2 * kMega}, {3, 4 * kMega, kMega}}));
}

TEST(PartitionScan, LogicalPartitionsFarApart) {
  TestDisk disk(64 * kMega);
  disk.entry(0, 0, 0x83, 2048, 2048);
  disk.entry(0, 1, 0x05, 32768, 98304);            // 16 MiB on
  disk.entry(32768, 0, 0x83, 2048, 2048);          // relative to its record
  disk.entry(32768, 1, 0x05, 40960, 4096);         // relative to the extended partition
  disk.entry(32768 + 40960, 0, 0x83, 2048, 1024);
  const auto found = disk.scan();
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (std::vector<Partition>{{1, kMega, kMega},
                                            {2, 16 * kMega, 1024},
                                            {5, 17 * kMega, kMega},
                                            {6, (16 + 20 + 1) * kMega, kMega / 2}}));
}

TEST(PartitionScan, AChainThatBitesItsTailEnds) {
  TestDisk disk(16 * kMega);
  disk.entry(0, 0, 0x05, 2048, 8192);
  disk.entry(2048, 0, 0x83, 8, 8);
  disk.entry(2048, 1, 0x05, 0, 8192);
  EXPECT_TRUE(disk.scan());
  EXPECT_LT(disk.pieces(), 1000u);
}

TEST(PartitionScan, NothingReachesOverTheEnd) {
  TestDisk disk(4 * kMega);
  disk.entry(0, 0, 0x83, 4096, 1'000'000);
  disk.entry(0, 1, 0x83, 900'000, 1000);
  disk.entry(0, 2, 0x05, 900'000, 1000);
  const auto found = disk.scan();
  ASSERT_TRUE(found);
  for (const Partition& partition : *found) EXPECT_LE(partition.first_byte + partition.bytes, 4 * kMega);
}

TEST(PartitionScan, RefusesAPieceOfTheWrongSize) {
  auto scan = PartitionScan::begin(kMega);
  ASSERT_TRUE(scan);
  EXPECT_FALSE(scan->store(ByteView{}));
}

}  // namespace
}  // namespace aoekit::fuse
