// The attributes' texts are the Linux driver's, and inode numbers keep what they are made of.
#include "frontend/fuse/sys_tree.h"

#include <gtest/gtest.h>

#include <cstring>

#include "frontend/fuse/node.h"

namespace aoekit::fuse {
namespace {

aoe_disk_status two_paths() {
  aoe_disk_status status{};
  status.shelf = 1;
  status.slot = 2;
  status.state = AOE_DISK_UP;
  status.size_bytes = 20'003'880'960;
  status.payload_bytes = 8704;
  status.config_firmware = 0x4019;
  status.path_count = 2;
  std::strcpy(status.paths[0].interface, "eth0");
  std::strcpy(status.paths[1].interface, "eth1");
  const std::uint8_t mac[6] = {2, 0, 0, 0, 0, 0x1f};
  std::memcpy(status.paths[0].mac, mac, sizeof mac);
  return status;
}

TEST(SysTree, TextsOfADiskThatIsUp) {
  const aoe_disk_status status = two_paths();
  const auto text = [&](Attribute attribute) { return attribute_text(attribute, status, 3, Opened::yes); };
  EXPECT_EQ(text(Attribute::dev), "152:48\n");
  EXPECT_EQ(text(Attribute::size), "39070080\n");
  EXPECT_EQ(text(Attribute::netif), "eth0,eth1\n");
  EXPECT_EQ(text(Attribute::state), "up\n");
  EXPECT_EQ(text(Attribute::payload), "8704\n");
  EXPECT_EQ(text(Attribute::mac), "02000000001f\n");
  EXPECT_EQ(text(Attribute::firmware_version), "0x4019\n");
}

TEST(SysTree, StatesOfTheDriver) {
  aoe_disk_status status = two_paths();
  status.state = AOE_DISK_SILENT;
  EXPECT_EQ(attribute_text(Attribute::state, status, 0, Opened::yes), "up\n");
  for (const auto state : {AOE_DISK_DOWN, AOE_DISK_REPLACED}) {
    status.state = state;
    EXPECT_EQ(attribute_text(Attribute::state, status, 0, Opened::no), "down\n");
    EXPECT_EQ(attribute_text(Attribute::state, status, 0, Opened::yes), "down,closewait\n");
    EXPECT_EQ(attribute_text(Attribute::size, status, 0, Opened::yes), "0\n");
  }
}

TEST(SysTree, InterfacesOnceAndOnlyThoseInUse) {
  aoe_disk_status status = two_paths();
  std::strcpy(status.paths[1].interface, "eth0");
  EXPECT_EQ(attribute_text(Attribute::netif, status, 0, Opened::no), "eth0\n");
  status.paths[0].state = AOE_PATH_REFUSED;
  status.paths[1].state = AOE_PATH_DOWN;
  EXPECT_EQ(attribute_text(Attribute::netif, status, 0, Opened::no), "none\n");
  status.path_count = 0;
  EXPECT_EQ(attribute_text(Attribute::mac, status, 0, Opened::no), "none\n");
}

TEST(SysTree, NamesOfAttributes) {
  EXPECT_EQ(parse_attribute("firmware-version"), Attribute::firmware_version);
  EXPECT_EQ(parse_attribute("dev"), Attribute::dev);
  EXPECT_FALSE(parse_attribute("ro"));
}

TEST(SysTree, InterfaceList) {
  EXPECT_EQ(interface_list_text(""), "\n");
  EXPECT_EQ(interface_list_text("eth0,eth1"), "eth0 eth1\n");
}

TEST(Node, SurvivesItsNumber) {
  const Node node{NodeKind::partition, 6, 65535, 0xfffffffe};
  EXPECT_EQ(to_node(to_inode(node)), node);
  EXPECT_EQ(to_node(1), Node{});
  EXPECT_FALSE(to_node(0));
  EXPECT_FALSE(to_node(255));
}

}  // namespace
}  // namespace aoekit::fuse
