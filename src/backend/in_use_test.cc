// The interlock on a fabricated /proc and /sys: disks sda and sdb with two partitions each, md0, dm-0, loop0, loop1.
#include "backend/in_use.h"

#include <sys/sysmacros.h>

#include "backend/recent_uses.h"
#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

class InUse : public ::testing::Test {
 protected:
  void SetUp() override {
    disk("sda", 8, 0);
    partition("sda", "sda1", 8, 1);
    partition("sda", "sda2", 8, 2);
    disk("sdb", 8, 16);
    partition("sdb", "sdb1", 8, 17);
    partition("sdb", "sdb2", 8, 18);
    disk("md0", 9, 0);
    disk("dm-0", 253, 0);
    dir_.text("sys/devices/dm-0/dm/name", "vg-root\n");
    disk("loop0", 7, 0);
    disk("loop1", 7, 1);
    dir_.text("proc/swaps", "Filename Type Size Used Priority\n");
    mounts("");
  }
  void disk(const std::string& name, unsigned major_number, unsigned minor_number) {
    node("devices/" + name, name, major_number, minor_number);
    dir_.link("sys/block/" + name, "../devices/" + name);
  }
  void partition(const std::string& parent, const std::string& name, unsigned major_number, unsigned minor_number) {
    node("devices/" + parent + "/" + name, name, major_number, minor_number);
    dir_.text("sys/devices/" + parent + "/" + name + "/partition", "1\n");
  }
  void node(const std::string& place, const std::string& name, unsigned major_number, unsigned minor_number) {
    const std::string number = fmt::format("{}:{}", major_number, minor_number);
    dir_.text("sys/" + place + "/dev", number + "\n");
    dir_.text("sys/" + place + "/uevent", fmt::format("MAJOR={}\nDEVNAME=nowhere/{}\n", major_number, name));
    dir_.text("sys/" + place + "/ro", "0\n");
    dir_.link("sys/dev/block/" + number, "../../" + place);
  }
  void mounts(const std::string& lines) { dir_.text("proc/self/mountinfo", lines); }
  void swap(const std::string& path) { dir_.text("proc/swaps", "Filename Type\n" + path + " partition 1 0 -2\n"); }
  void holder(const std::string& place, const std::string& name) {
    dir_.text("sys/devices/" + place + "/holders/" + name + "/x", "");
  }
  std::string user_of(unsigned minor_number, Access access = Access::read_write) {
    const Backing backing{.path = "DISK", .device = makedev(8, minor_number)};
    return find_user(backing, access, SystemUses(roots_)).value_or("nothing");
  }
  std::string user_of_file(const std::string& path, Access access = Access::read_write) {
    const auto backing = identify(path);
    return backing ? find_user(*backing, access, SystemUses(roots_)).value_or("nothing") : backing.error().message;
  }

  testing::TempDir dir_;
  SystemRoots roots_{.proc = dir_ / "proc", .sys = dir_ / "sys"};
};

TEST_F(InUse, NothingUsesAFreeDisk) {
  mounts("1 0 0:21 / /proc rw - proc proc rw\n");
  EXPECT_EQ(user_of(0), "nothing");
  EXPECT_EQ(user_of(1), "nothing");
}

TEST_F(InUse, MountedPartition) {
  mounts("1 0 8:17 / /home rw - ext4 /dev/root rw\n");
  EXPECT_EQ(user_of(17), "DISK is mounted on /home");
  EXPECT_EQ(user_of(16), "DISK is in use: its partition /dev/nowhere/sdb1 is mounted on /home");
  EXPECT_EQ(user_of(18), "nothing") << "the neighbour is free";
  EXPECT_EQ(user_of(0), "nothing");
}

TEST_F(InUse, MountKnownOnlyByItsSource) {
  mounts("1 0 0:44 / /data rw - btrfs /dev/nowhere/sda rw\n");
  EXPECT_EQ(user_of(0), "DISK is mounted on /data");
  EXPECT_EQ(user_of(2), "DISK is in use: the whole disk /dev/nowhere/sda is mounted on /data");
}

TEST_F(InUse, ReadOnlyExportSharesWithReadOnlyMounts) {
  mounts("1 0 8:17 / /home rw - ext4 /dev/sdb1 ro\n");
  EXPECT_EQ(user_of(17, Access::read_only), "nothing");
  EXPECT_EQ(user_of(17), "DISK is mounted on /home");
  mounts("1 0 8:17 / /home ro - ext4 /dev/sdb1 rw\n");
  EXPECT_EQ(user_of(17, Access::read_only), "DISK is mounted on /home");
}

TEST_F(InUse, Swap) {
  swap("/dev/nowhere/sda2");
  EXPECT_EQ(user_of(2), "DISK is used as swap");
  EXPECT_EQ(user_of(0), "DISK is in use: its partition /dev/nowhere/sda2 is used as swap");
}

TEST_F(InUse, Holders) {
  holder("sdb", "md0");
  EXPECT_EQ(user_of(16), "DISK is held by md0");
  EXPECT_EQ(user_of(17), "DISK is in use: the whole disk /dev/nowhere/sdb is held by md0");
  holder("sda/sda1", "dm-0");
  EXPECT_EQ(user_of(1, Access::read_only), "DISK is held by dm-0 (vg-root)");
}

TEST_F(InUse, FileUnderALoopDevice) {
  const std::string file = dir_.file("disk.img", 4096);
  EXPECT_EQ(user_of_file(file), "nothing");
  dir_.text("sys/devices/loop0/loop/backing_file", file + "\n");
  EXPECT_EQ(user_of_file(file), file + " is attached to /dev/loop0");
  mounts("1 0 7:0 / /mnt rw - ext4 /dev/loop0 rw\n");
  EXPECT_EQ(user_of_file(file), file + " is attached to /dev/loop0, which is mounted on /mnt");

  const std::string alias = dir_ / "alias.img";
  ASSERT_EQ(link(file.c_str(), alias.c_str()), 0);
  EXPECT_EQ(user_of_file(alias), alias + " is attached to /dev/loop0, which is mounted on /mnt");
  dir_.text("sys/devices/loop0/ro", "1\n");
  EXPECT_EQ(user_of_file(file, Access::read_only), "nothing");
}

TEST_F(InUse, DiskUnderALoopDevice) {
  dir_.text("sys/devices/loop1/loop/backing_file", "/dev/nowhere/sda1\n");
  EXPECT_EQ(user_of(1), "DISK is attached to /dev/loop1");
  EXPECT_EQ(user_of(0), "DISK is in use: its partition /dev/nowhere/sda1 is attached to /dev/loop1");
}

TEST_F(InUse, SwapFile) {
  const std::string file = dir_.file("swapfile", 4096);
  swap(file);
  EXPECT_EQ(user_of_file(file), file + " is used as swap");
}

// Ten thousand exports are opened with one look; an export that is asked for later is opened with a new one.
TEST_F(InUse, OneLookServesThoseWhoAskedBeforeIt) {
  using std::chrono::milliseconds;
  const Instant start{};
  RecentUses recent(roots_);
  const auto first = recent.look(start, start + milliseconds(1));
  EXPECT_TRUE(first->mounts.empty());
  mounts("1 0 8:17 / /home rw - ext4 /dev/sdb1 rw\n");
  EXPECT_EQ(recent.look(start, start + milliseconds(2)), first);
  EXPECT_EQ(recent.look(start, start + milliseconds(1001)), first);

  const auto later = recent.look(start + milliseconds(1), start + milliseconds(3));
  EXPECT_NE(later, first) << "what came between the look and the question counts";
  EXPECT_EQ(later->mounts.size(), 1U);
  EXPECT_EQ(recent.look(start, start + milliseconds(4)), later);
  EXPECT_NE(recent.look(start, start + milliseconds(1004)), later) << "too old";
}

TEST_F(InUse, AMissingFileCannotBeExamined) {
  const auto missing = who_uses(dir_ / "missing", Access::read_write);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().os_error, ENOENT);
}

}  // namespace
}  // namespace aoekit::backend
