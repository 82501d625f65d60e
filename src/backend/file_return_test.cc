// Disks that go and come back: the same one is served again, another one that has taken its place is not.
#include <gmock/gmock.h>
#include <sys/sysmacros.h>

#include "backend/file_engine.h"
#include "backend/file_identity.h"
#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

using ::testing::HasSubstr;
using block::BlockStatus;
using testing::Buffer;

class ReturnTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kBytes = 1 << 20;

  void SetUp() override {
    file_ = dir_.file("disk", kBytes);
    loop_ = std::make_unique<testing::LoopDevice>(file_);
    if (loop_->path().empty()) GTEST_SKIP() << "no loop device to be had";
    auto disk = open_file_device({.path = loop_->path()});
    ASSERT_TRUE(disk) << disk.error().message;
    disk_ = std::move(*disk);
    data_.fill_random(9);
    ASSERT_EQ(testing::write(*disk_, 16, data_, block::Durability::stable), BlockStatus::ok);
  }
  // The device stays, its medium is taken out or put in.
  void make_medium(std::uint64_t bytes) const {
    ASSERT_EQ(truncate(file_.c_str(), static_cast<off_t>(bytes)), 0);
    testing::output_of("losetup --set-capacity " + loop_->path());
  }
  void lose_it() const {
    make_medium(0);
    const auto size = disk_->refresh_size();
    ASSERT_FALSE(size);
    EXPECT_EQ(block::status_from_errno(size.error().os_error), BlockStatus::unavailable);
    EXPECT_FALSE(disk_->reopen());
  }

  const testing::TempDir dir_{"/var/tmp"};
  std::string file_;
  std::unique_ptr<testing::LoopDevice> loop_;
  std::unique_ptr<block::BlockDevice> disk_;
  Buffer data_{8};
};

TEST_F(ReturnTest, TheSameDeviceIsServedAgain) {
  ASSERT_NO_FATAL_FAILURE(lose_it());
  const Buffer back(8);
  EXPECT_EQ(testing::read(*disk_, 16, back), BlockStatus::unavailable);
  EXPECT_FALSE(disk_->refresh_size()) << "only reopen() brings it back";
  make_medium(2 * kBytes);
  EXPECT_EQ(disk_->reopen().value_or(Sectors{0}), Sectors{2 * kBytes / kSectorBytes});
  EXPECT_EQ(disk_->info().size, Sectors{2 * kBytes / kSectorBytes});
  EXPECT_TRUE(disk_->info().can_trim && disk_->info().volatile_cache);
  ASSERT_EQ(testing::write(*disk_, 3000, data_), BlockStatus::ok);
  ASSERT_EQ(testing::read(*disk_, 3000, back), BlockStatus::ok);
  EXPECT_TRUE(back == data_);
}

TEST_F(ReturnTest, AShorterDeviceIsNot) {
  ASSERT_NO_FATAL_FAILURE(lose_it());
  make_medium(kBytes / 2);
  const auto size = disk_->reopen();
  ASSERT_FALSE(size);
  EXPECT_THAT(size.error().message, HasSubstr("came back with 1024 sectors and had 2048"));
  EXPECT_EQ(testing::read(*disk_, 16, data_), BlockStatus::unavailable);
}

TEST_F(ReturnTest, AnotherDeviceOfTheSameNameIsNot) {
  ASSERT_NO_FATAL_FAILURE(lose_it());
  testing::output_of("losetup --detach " + loop_->path());
  const std::string other = dir_.file("other", kBytes);
  ASSERT_EQ(std::system(("losetup " + loop_->path() + " " + other).c_str()), 0);
  auto size = disk_->reopen();
  ASSERT_FALSE(size);
  EXPECT_THAT(size.error().message, HasSubstr("is another disk now (loop/backing_file " + other));
  testing::output_of("losetup --detach " + loop_->path());
  ASSERT_EQ(truncate(file_.c_str(), kBytes), 0);
  ASSERT_EQ(std::system(("losetup " + loop_->path() + " " + file_).c_str()), 0);
  size = disk_->reopen();
  EXPECT_TRUE(size) << size.error().message;
}

TEST_F(ReturnTest, ADeviceThatIsThereNeedsNoReturn) {
  EXPECT_EQ(disk_->reopen().value_or(Sectors{0}), Sectors{kBytes / kSectorBytes});
  const Buffer back(8);
  ASSERT_EQ(testing::read(*disk_, 16, back), BlockStatus::ok);
  EXPECT_TRUE(back == data_);
}

TEST(FileReturn, AFileThatIsMadeAnewIsAnotherDisk) {
  const testing::TempDir dir("/var/tmp");
  const std::string path = dir.file("disk", 1 << 20);
  auto before = open_file({.path = path});
  ASSERT_TRUE(before) << before.error().message;
  before->fd.reset();
  EXPECT_TRUE(reopen_file(*before)) << "the same file";
  ASSERT_EQ(truncate(path.c_str(), 1 << 19), 0);
  const auto shorter = reopen_file(*before);
  ASSERT_FALSE(shorter);
  EXPECT_THAT(shorter.error().message, HasSubstr("came back with"));
  ASSERT_EQ(unlink(path.c_str()), 0);
  EXPECT_FALSE(reopen_file(*before));
  dir.file("filler", 0);  // takes the inode number, where the file system gives it out again
  dir.file("disk", 1 << 20);
  const auto anew = reopen_file(*before);
  ASSERT_FALSE(anew);
  EXPECT_THAT(anew.error().message, HasSubstr("is another disk now"));
}

TEST(FileReturn, ADeletedFileIsServedToTheEnd) {
  const testing::TempDir dir;
  const std::string path = dir.file("disk", 1 << 20);
  auto disk = open_file_device({.path = path});
  ASSERT_TRUE(disk) << disk.error().message;
  Buffer data(8), back(8);
  data.fill_random(4);
  ASSERT_EQ(testing::write(**disk, 0, data), BlockStatus::ok);
  ASSERT_EQ(unlink(path.c_str()), 0);
  dir.file("disk", 1 << 21);
  EXPECT_EQ((*disk)->refresh_size().value_or(Sectors{0}), Sectors{2048});
  EXPECT_EQ((*disk)->reopen().value_or(Sectors{0}), Sectors{2048});
  ASSERT_EQ(testing::read(**disk, 0, back), BlockStatus::ok);
  EXPECT_TRUE(back == data);
}

TEST(FileIdentity, IsTheHardwaresOwnName) {
  const testing::TempDir dir;
  const SystemRoots roots{.proc = dir / "proc", .sys = dir / "sys"};
  dir.text("sys/block/sdb/device/wwid", "naa.5000c500a1b2c3d4\n");
  dir.text("sys/block/sdb/loop/backing_file", "/never/looked/at\n");
  dir.text("sys/block/sdb/sdb2/partition", "2\n");
  dir.link("sys/dev/block/8:16", "../../block/sdb");
  dir.link("sys/dev/block/8:18", "../../block/sdb/sdb2");
  dir.text("sys/block/dm-0/dm/uuid", "LVM-abc\n");
  dir.text("sys/block/dm-0/serial", " \n");
  dir.link("sys/dev/block/253:0", "../../block/dm-0");
  EXPECT_EQ(identity_of_device(makedev(8, 16), roots), "device/wwid naa.5000c500a1b2c3d4");
  EXPECT_EQ(identity_of_device(makedev(8, 18), roots), "device/wwid naa.5000c500a1b2c3d4 partition 2");
  EXPECT_EQ(identity_of_device(makedev(253, 0), roots), "dm/uuid LVM-abc");
  EXPECT_EQ(identity_of_device(makedev(7, 7), roots), "");
}

TEST(DeviceInfo, FuaIsWhatTheQueueSaysAndForDirectIoOnly) {
  const testing::TempDir dir("/var/tmp");
  const testing::LoopDevice loop(dir.file("disk", 1 << 20));
  if (loop.path().empty()) GTEST_SKIP() << "no loop device to be had";
  const bool queue = testing::output_of("cat /sys/block/" + loop.path().substr(5) + "/queue/fua") == "1";
  for (const Caching caching : {Caching::buffered, Caching::direct}) {
    const auto disk = open_file_device({.path = loop.path(), .caching = caching});
    ASSERT_TRUE(disk) << disk.error().message;
    EXPECT_EQ((*disk)->info().fua, queue && caching == Caching::direct);
  }
}

}  // namespace
}  // namespace aoekit::backend
