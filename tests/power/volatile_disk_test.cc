// The forgetful disk: what was synced stays, what was not may go, and nothing comes that was never there but garbage.
#include "tests/power/volatile_disk.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.h"

namespace aoekit::power {
namespace {

constexpr std::size_t kBytes = 64 * VolatileDisk::kPageBytes;

class Disk : public testing::Test {
 protected:
  void SetUp() override {
    file_ = Fd(memfd_create("disk", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(file_.get(), kBytes), 0);
  }
  VolatileDisk disk(Honesty honesty = Honesty::honest) {
    return {file_.get(), {.seed = ++seed_, .honesty = honesty, .writeback_percent = 0, .sync_microseconds_max = 0}};
  }
  static void fill(VolatileDisk& disk, std::uint8_t value) {
    const std::vector<std::uint8_t> data(kBytes, value);
    ASSERT_EQ(disk.write(0, data), 0);
  }
  // How many sectors of the medium consist of `value` alone.
  std::size_t count(std::uint8_t value) const {
    std::vector<std::uint8_t> data(kBytes);
    EXPECT_EQ(::pread(file_.get(), data.data(), kBytes, 0), static_cast<ssize_t>(kBytes));
    std::size_t sectors = 0;
    for (std::size_t at = 0; at < kBytes; at += kSectorBytes) {
      const ByteView sector = ByteView(data).subspan(at, kSectorBytes);
      sectors += std::ranges::all_of(sector, [&](auto byte) { return byte == value; });
    }
    return sectors;
  }

  static constexpr std::size_t kSectors = kBytes / kSectorBytes;
  Fd file_;
  std::uint64_t seed_ = 0;
};

TEST_F(Disk, ReadsWhatWasWrittenBeforeTheMediumHasIt) {
  VolatileDisk disk = this->disk();
  fill(disk, 7);
  std::vector<std::uint8_t> data(3 * kSectorBytes);
  ASSERT_EQ(disk.read(7 * kSectorBytes, data), 0);
  EXPECT_TRUE(std::ranges::all_of(data, [](auto byte) { return byte == 7; }));
  EXPECT_EQ(count(7), 0U);
}

TEST_F(Disk, WhatWasSyncedSurvives) {
  VolatileDisk disk = this->disk();
  fill(disk, 7);
  ASSERT_EQ(disk.sync(), 0);
  disk.cut_power();
  EXPECT_EQ(count(7), kSectors);
}

TEST_F(Disk, WhatWasNotSyncedIsKeptLostOrDestroyed) {
  VolatileDisk disk = this->disk();
  fill(disk, 7);
  const PowerCut cut = disk.cut_power();
  EXPECT_EQ(cut.pages_kept + cut.pages_lost + cut.pages_torn, kBytes / VolatileDisk::kPageBytes);
  EXPECT_GT(cut.pages_torn, 0U);
  EXPECT_GT(count(7), 0U);
  EXPECT_GT(count(0), 0U);
  EXPECT_GT(cut.sectors_garbage, 0U);
  EXPECT_EQ(count(7) + count(0) + cut.sectors_garbage, kSectors);
}

TEST_F(Disk, ASyncedRangeSurvivesAloneAndItsNeighboursAreNotHurtByTearing) {
  VolatileDisk disk = this->disk();
  fill(disk, 7);
  ASSERT_EQ(disk.sync(), 0);
  const std::vector<std::uint8_t> data(kSectorBytes, 9);
  for (std::uint64_t page = 0; page < 64; ++page) ASSERT_EQ(disk.write(page * VolatileDisk::kPageBytes, data), 0);
  ASSERT_EQ(disk.sync_range(0, kSectorBytes), 0);
  const PowerCut cut = disk.cut_power();
  EXPECT_GE(count(7), kSectors - 64);
  EXPECT_EQ(count(9) + count(7) + cut.sectors_garbage, kSectors);
  std::uint8_t first = 0;
  ASSERT_EQ(::pread(file_.get(), &first, 1, 0), 1);
  EXPECT_EQ(first, 9);
}

TEST_F(Disk, ALyingDiskForgetsWhatItSynced) {
  VolatileDisk disk = this->disk(Honesty::lying);
  fill(disk, 7);
  ASSERT_EQ(disk.sync(), 0);
  disk.cut_power();
  EXPECT_LT(count(7), kSectors);
}

TEST_F(Disk, WithoutPowerNothingWorks) {
  VolatileDisk disk = this->disk();
  disk.cut_power();
  std::vector<std::uint8_t> data(kSectorBytes);
  EXPECT_EQ(disk.read(0, data), EIO);
  EXPECT_EQ(disk.write(0, data), EIO);
  EXPECT_EQ(disk.sync(), EIO);
}

TEST_F(Disk, WritesBackOnItsOwnSoThatAVersionInBetweenMayStay) {
  VolatileDisk disk(file_.get(), {.seed = 1, .writeback_percent = 100, .sync_microseconds_max = 0});
  fill(disk, 7);
  const std::vector<std::uint8_t> data(kSectorBytes, 9);
  for (std::uint64_t i = 0; i < 200; ++i) ASSERT_EQ(disk.write(i % 2 * 1000, data), 0);
  EXPECT_GT(count(7), 0U);
}

}  // namespace
}  // namespace aoekit::power
