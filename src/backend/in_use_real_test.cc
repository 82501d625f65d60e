// The interlock against the running kernel: a loop device with ext4 on it. Needs root.
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/wait.h>

#include "backend/file_engine.h"
#include "backend/in_use.h"
#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;

class InUseReal : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root for loop devices";
    file_ = dir_.file("disk.img", 16 * kMegabyte);
    if (output_of_mkfs().empty()) GTEST_SKIP() << "needs mkfs.ext4";
    loop_ = std::make_unique<testing::LoopDevice>(file_);
    if (loop_->path().empty()) GTEST_SKIP() << "no loop device to be had";
    ASSERT_EQ(mkdir((dir_ / "mnt").c_str(), 0700), 0);
  }
  std::string output_of_mkfs() const { return testing::output_of("mkfs.ext4 -F " + file_); }
  static std::string user_of(const std::string& path, Access access = Access::read_write) {
    const auto user = who_uses(path, access);
    return user ? user->value_or("nothing") : user.error().message;
  }

  testing::TempDir dir_;
  std::string file_;
  std::unique_ptr<testing::LoopDevice> loop_;
};

TEST_F(InUseReal, MountedLoopDeviceAndItsFile) {
  const std::string& loop = loop_->path();
  EXPECT_EQ(user_of(loop), "nothing");
  EXPECT_EQ(user_of(file_), file_ + " is attached to " + loop);
  const testing::Mounted mounted(loop, dir_ / "mnt", 0);
  ASSERT_TRUE(mounted.ok());
  EXPECT_EQ(user_of(loop), loop + " is mounted on " + (dir_ / "mnt"));
  EXPECT_EQ(user_of(loop, Access::read_only), loop + " is mounted on " + (dir_ / "mnt"));
  EXPECT_EQ(user_of(file_), file_ + " is attached to " + loop + ", which is mounted on " + (dir_ / "mnt"));

  const auto device = open_file_device({.path = loop});
  ASSERT_FALSE(device) << "the kernel keeps it even from who did not ask";
  EXPECT_EQ(device.error().os_error, EBUSY);
  EXPECT_TRUE(open_file_device({.path = loop, .claim = Claim::if_possible})) << "forced";
}

TEST_F(InUseReal, ReadOnlyMountAllowsReadOnlyExport) {
  const testing::Mounted mounted(loop_->path(), dir_ / "mnt", MS_RDONLY);
  ASSERT_TRUE(mounted.ok());
  EXPECT_EQ(user_of(loop_->path(), Access::read_only), "nothing");
  EXPECT_TRUE(open_file_device({.path = loop_->path(), .access = Access::read_only}));
  EXPECT_EQ(user_of(loop_->path()), loop_->path() + " is mounted on " + (dir_ / "mnt"));
}

TEST_F(InUseReal, MountInAnotherNamespace) {
  int ready[2], leave[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(leave), 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte = 0;
    const bool mounted = unshare(CLONE_NEWNS) == 0 && mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount(loop_->path().c_str(), (dir_ / "mnt").c_str(), "ext4", 0, nullptr) == 0;
    close(leave[1]);
    if (::write(ready[1], mounted ? "y" : "n", 1) != 1) _exit(1);
    _exit(::read(leave[0], &byte, 1) == 0 ? 0 : 1);  // until the parent closes its end
  }
  close(leave[0]);
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_THAT(user_of(loop_->path()), ::testing::HasSubstr("the kernel calls it busy"));
  for (const int fd : {leave[1], ready[0], ready[1]}) close(fd);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(InUseReal, PartitionOfALoopDevice) {
  const std::string image = dir_.file("parted.img", 32 * kMegabyte);
  const testing::LoopDevice disk(image, "--partscan");
  // By hand: not every kernel reads every kind of partition table.
  testing::output_of(fmt::format("addpart {0} 1 2048 20480; addpart {0} 2 22528 20480", disk.path()));
  const std::string first = disk.path() + "p1";
  if (access(first.c_str(), F_OK) != 0) GTEST_SKIP() << "no partitions on loop devices here";
  ASSERT_FALSE(testing::output_of("mkfs.ext4 -F " + first).empty());
  const testing::Mounted mounted(first, dir_ / "mnt", 0);
  ASSERT_TRUE(mounted.ok());
  EXPECT_EQ(user_of(disk.path()),
            disk.path() + " is in use: its partition " + first + " is mounted on " + (dir_ / "mnt"));
  EXPECT_EQ(user_of(disk.path() + "p2"), "nothing");
}

TEST_F(InUseReal, AnotherExporterHasTheDevice) {
  const auto device = open_file_device({.path = loop_->path()});
  ASSERT_TRUE(device) << device.error().message;
  EXPECT_THAT(user_of(loop_->path()), ::testing::HasSubstr("already exported by another process ("));
  // A second node of the same device has an inode, and so a lock, of its own; the kernel knows better.
  struct stat status {};
  ASSERT_EQ(stat(loop_->path().c_str(), &status), 0);
  const std::string alias = dir_ / "alias";
  ASSERT_EQ(mknod(alias.c_str(), S_IFBLK | 0600, status.st_rdev), 0);
  EXPECT_THAT(user_of(alias), ::testing::HasSubstr("the kernel calls it busy"));
  EXPECT_FALSE(open_file_device({.path = alias}));
}

}  // namespace
}  // namespace aoekit::backend
