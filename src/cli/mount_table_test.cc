// The kernel's table of mounts, with its escapes and optional fields.
#include "cli/mount_table.h"

#include <gtest/gtest.h>

namespace aoekit::cli {
namespace {

constexpr const char* kTable =
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
    "30 22 0:40 / /dev/etherd rw,nosuid - fuse.aoefuse aoe-mount rw,user_id=0\n"
    "31 22 7:0 / /mnt/my\\040disk rw shared:5 master:2 - vfat /dev/loop0 rw\n"
    "32 22 7:1 / /mnt/my\\040disk ro - ext4 /dev/loop1 rw\n"
    "nonsense\n";

TEST(MountTable, Entries) {
  const auto table = parse_mount_table(kTable);
  ASSERT_EQ(table.size(), 4u);
  EXPECT_EQ(table[1].directory, "/dev/etherd");
  EXPECT_EQ(table[1].type, "fuse.aoefuse");
  EXPECT_EQ(table[1].source, "aoe-mount");
}

TEST(MountTable, TheUppermostCounts) {
  const auto table = parse_mount_table(kTable);
  const auto entry = find_mount(table, "/mnt/my disk");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->source, "/dev/loop1");
  EXPECT_FALSE(find_mount(table, "/mnt"));
}

TEST(MountTable, ReadsTheRealOne) {
  const auto table = read_mount_table();
  ASSERT_TRUE(table);
  EXPECT_TRUE(find_mount(*table, "/"));
}

TEST(MountTable, LiesIn) {
  EXPECT_TRUE(lies_in("/mnt", "/mnt"));
  EXPECT_TRUE(lies_in("/mnt/a/b", "/mnt"));
  EXPECT_FALSE(lies_in("/mnt2", "/mnt"));
  EXPECT_TRUE(lies_in("/mnt2", "/"));
}

}  // namespace
}  // namespace aoekit::cli
