// Lines of /proc/self/mountinfo and /proc/swaps.
#include "backend/system_files.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

namespace aoekit::backend {
namespace {

TEST(SystemFiles, ReadsMountinfo) {
  const auto mounts = parse_mountinfo(
      "36 35 8:17 / /mnt/my\\040disk rw,noatime master:1 shared:2 - ext4 /dev/sdb1 rw,errors=continue\n"
      "37 35 0:44 /sub /data ro,relatime - btrfs /dev/sdc rw,subvol=/ro\n"
      "38 35 8:33 / /cd rw - iso9660 /dev/sr0 ro\n"
      "nonsense\n"
      "39 35 x:y / /bad rw - ext4 /dev/sdd rw\n"
      "40 35 8:1 / - - - - - - -\n");
  ASSERT_EQ(mounts.size(), 3U);
  EXPECT_EQ(mounts[0].device, makedev(8, 17));
  EXPECT_EQ(mounts[0].mount_point, "/mnt/my disk");
  EXPECT_EQ(mounts[0].source, "/dev/sdb1");
  EXPECT_FALSE(mounts[0].read_only);
  EXPECT_FALSE(mounts[1].read_only) << "only this place of it is, the file system is written";
  EXPECT_TRUE(mounts[2].read_only);
}

TEST(SystemFiles, ReadsSwaps) {
  EXPECT_EQ(parse_swaps("Filename\tType\tSize\tUsed\tPriority\n"
                        "/dev/sda2                partition\t1\t0\t-2\n"
                        "/swap\\040file  file\t1\t0\t-3\n"),
            (std::vector<std::string>{"/dev/sda2", "/swap file"}));
}

TEST(SystemFiles, AbsentFilesAreEmpty) {
  EXPECT_EQ(read_text("/nonexistent/file"), "");
  EXPECT_TRUE(names_in("/nonexistent").empty());
}

}  // namespace
}  // namespace aoekit::backend
