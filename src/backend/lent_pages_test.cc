// Reads that are lent: of which files, until when, and that they are what the file holds.
#include "backend/lent_pages.h"

#include <algorithm>
#include <array>

#include "backend/file_engine.h"
#include "backend/probe.h"
#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

using block::BlockStatus;
using testing::Buffer;

class LentPagesTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kSectors = 256;
  static constexpr std::size_t kMoreThanBetweenLooks = 5000;

  void SetUp() override {
    path_ = dir_.file("disk", kSectors * kSectorBytes);
    content_.fill_random(1);
  }
  void open(FileDeviceOptions options = {}) {
    options.path = path_;
    auto disk = open_file_device(options);
    ASSERT_TRUE(disk) << disk.error().message;
    disk_ = std::move(*disk);
  }
  void fill() const { ASSERT_EQ(testing::write(*disk_, 0, content_), BlockStatus::ok); }
  // One whose file is whole, so that it lends from the start.
  void open_whole() {
    open();
    fill();
    disk_.reset();
    open();
  }
  // What a read is answered with if it may be lent; nothing if it was placed in `buffer`.
  ByteView lent(std::uint64_t first, const Buffer& buffer) const {
    block::BlockOp op = testing::op_on(block::OpKind::read, first, buffer);
    op.may_lend = true;
    disk_->submit({&op, 1});
    std::array<block::BlockCompletion, 1> done;
    EXPECT_EQ(disk_->reap(done), 1U) << "what lies in memory needs no waiting";
    EXPECT_EQ(done[0].status, BlockStatus::ok);
    return done[0].lent;
  }
  bool is_lent(std::uint64_t first = 0) const { return !lent(first, Buffer(8)).empty(); }
  // A file that was not whole is looked at again.
  bool is_lent_in_time() const {
    for (std::size_t read = 0; read < kMoreThanBetweenLooks; ++read) {
      if (is_lent()) return true;
    }
    return false;
  }
  ByteView content(std::uint64_t first, std::uint64_t count) const {
    return content_.bytes().subspan(first * kSectorBytes, count * kSectorBytes);
  }
  void resize(std::uint64_t sectors) const {
    const auto bytes = static_cast<off_t>(sectors * kSectorBytes);
    ASSERT_EQ(::truncate(path_.c_str(), bytes), 0);
    ASSERT_EQ(*disk_->refresh_size(), Sectors{sectors});
  }

  testing::TempDir dir_{"/dev/shm"};
  std::string path_;
  Buffer content_{kSectors};
  std::unique_ptr<block::BlockDevice> disk_;
};

TEST_F(LentPagesTest, AReadIsLentAndNothingIsCopied) {
  open_whole();
  const Buffer buffer(8);
  EXPECT_TRUE(std::ranges::equal(lent(3, buffer), content(3, 8)));
  EXPECT_TRUE(std::ranges::equal(lent(kSectors - 8, buffer), content(kSectors - 8, 8)));
  EXPECT_TRUE(buffer.is_all(0xEE));
}

TEST_F(LentPagesTest, WhoDoesNotAskForItGetsACopy) {
  open_whole();
  const Buffer buffer(8);
  EXPECT_EQ(testing::read(*disk_, 3, buffer), BlockStatus::ok);
  EXPECT_TRUE(std::ranges::equal(buffer.bytes(), content(3, 8)));
}

TEST_F(LentPagesTest, WhatIsWrittenIsSeen) {
  open_whole();
  const Buffer other(8);
  other.fill(0x77);
  ASSERT_EQ(testing::write(*disk_, 16, other), BlockStatus::ok);
  EXPECT_TRUE(std::ranges::equal(lent(16, Buffer(8)), other.bytes()));
}

TEST_F(LentPagesTest, AWindowLendsItsOwnSectors) {
  open_whole();
  disk_.reset();
  open({.first_sector = Sectors{100}, .length = Sectors{20}});
  EXPECT_TRUE(std::ranges::equal(lent(5, Buffer(8)), content(105, 8)));
}

TEST_F(LentPagesTest, AFileWithHolesIsReadUntilItHasNone) {
  open();
  const Buffer buffer(8);
  EXPECT_TRUE(lent(0, buffer).empty());
  EXPECT_TRUE(buffer.is_all(0));
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_blocks, 0) << "to read it has not made it memory";
  fill();
  EXPECT_TRUE(is_lent_in_time());
}

TEST_F(LentPagesTest, ATrimmedFileIsReadUntilItIsWholeAgain) {
  open_whole();
  ASSERT_TRUE(is_lent());
  ASSERT_EQ(testing::trim(*disk_, 0, 64), BlockStatus::ok);
  const Buffer buffer(8);
  for (std::size_t i = 0; i < kMoreThanBetweenLooks; ++i) ASSERT_TRUE(lent(0, buffer).empty());
  EXPECT_TRUE(buffer.is_all(0));
  fill();
  EXPECT_TRUE(is_lent_in_time());
}

TEST_F(LentPagesTest, AFileThatHasBecomeShorterIsRead) {
  open_whole();
  resize(kSectors / 2);
  EXPECT_FALSE(is_lent());
  const Buffer buffer(8);
  EXPECT_EQ(testing::read(*disk_, 0, buffer), BlockStatus::ok);
  EXPECT_TRUE(std::ranges::equal(buffer.bytes(), content(0, 8)));
}

TEST_F(LentPagesTest, WhatAFileHasGrownByIsRead) {
  open_whole();
  resize(kSectors * 2);
  ASSERT_EQ(testing::write(*disk_, kSectors, content_), BlockStatus::ok);
  EXPECT_TRUE(is_lent_in_time());
  EXPECT_TRUE(is_lent(kSectors - 8));
  EXPECT_FALSE(is_lent(kSectors - 1));
  EXPECT_FALSE(is_lent(kSectors));
}

TEST_F(LentPagesTest, WhatIsOnADiskIsRead) {
  const testing::TempDir on_disk("/var/tmp");
  path_ = on_disk.file("disk", kSectors * kSectorBytes);
  open();
  const OpenedFile file = open_file({.path = path_, .claim = Claim::if_possible}).value();
  if (lives_in_memory(file.fd.get())) GTEST_SKIP() << "/var/tmp lies in memory here";
  fill();
  disk_.reset();
  open();
  const Buffer buffer(8);
  block::BlockOp op = testing::op_on(block::OpKind::read, 0, buffer);
  op.may_lend = true;
  EXPECT_EQ(testing::run(*disk_, op), BlockStatus::ok);
  EXPECT_TRUE(std::ranges::equal(buffer.bytes(), content(0, 8)));
}

}  // namespace
}  // namespace aoekit::backend
