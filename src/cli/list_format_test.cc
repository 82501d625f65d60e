// What `aoe list` prints, and which disks it chooses.
#include "cli/list_format.h"

#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/list_filter.h"

namespace aoekit::cli {
namespace {

void add_path(aoe_disk_status& status, const char* interface, std::uint8_t mac_end, aoe_path_state state) {
  aoe_path_status& path = status.paths[status.path_count++];
  std::strcpy(path.interface, interface);
  path.mac[0] = 2;
  path.mac[5] = mac_end;
  path.state = state;
  path.payload_bytes = 8704;
  path.buffers = 64;
  path.round_trip_us = 213;
  path.frames_sent = 12;
  path.frames_retransmitted = 1;
}

ListedDisk two_paths() {
  ListedDisk disk;
  disk.status.shelf = 1;
  disk.status.slot = 2;
  disk.status.state = AOE_DISK_UP;
  disk.status.size_bytes = std::uint64_t{20} << 30;
  std::strcpy(disk.status.model, "aoekit vblade");
  std::strcpy(disk.status.serial, "1.2:host");
  add_path(disk.status, "eth0", 0x0a, AOE_PATH_UP);
  add_path(disk.status, "eth1", 0x0b, AOE_PATH_SUSPECT);
  disk.uses = {{"kernel", "up"}};
  return disk;
}

ListedDisk found_only() {
  ListedDisk disk;
  disk.status.shelf = 3;
  disk.status.state = AOE_DISK_FOUND;
  return disk;
}

TEST(ListFormat, ALineAPath) {
  EXPECT_EQ(format_list({two_paths(), found_only()}),
            "TARGET  STATE  SIZE    MODEL          INTERFACE  MAC                PATH     PAYLOAD  ROUND TRIP  "
            "RESENT/SENT  TIMEOUTS  ERRORS  USED HERE BY\n"
            "e1.2    up     20 GiB  aoekit vblade  eth0       02:00:00:00:00:0a  up       8704     213 us      "
            "1/12         0         0       kernel (up)\n"
            "                                      eth1       02:00:00:00:00:0b  suspect  8704     213 us      "
            "1/12         0\n"
            "e3.0    found  ?                      -          -                  -        -        -           "
            "-            -         0       -\n");
}

TEST(ListFormat, RoundTrips) {
  EXPECT_EQ(round_trip_text(0), "-");
  EXPECT_EQ(round_trip_text(999), "999 us");
  EXPECT_EQ(round_trip_text(1500), "1.50 ms");
}

TEST(ListFormat, Json) {
  const auto json = list_json({two_paths()});
  EXPECT_EQ(json[0]["address"], "e1.2");
  EXPECT_EQ(json[0]["paths"][1]["state"], "suspect");
  EXPECT_EQ(json[0]["paths"][0]["mac"], "02:00:00:00:00:0a");
  EXPECT_EQ(json[0]["used_by"][0]["client"], "kernel");
}

TEST(ListFilter, AddressesAndExpressions) {
  const auto wants = [](std::vector<std::string> words) { return DiskFilter::parse(words).value().wants(two_paths()); };
  EXPECT_TRUE(wants({}));
  for (const char* word :
       {"e1.2", "1.2", "1.*", "*.2", "all", "suspect", "eth[01]", "00:0b", "host$", "aoekit|other"}) {
    EXPECT_TRUE(wants({word})) << word;
  }
  for (const char* word : {"e1.3", "2.*", "eth2", "^up"}) EXPECT_FALSE(wants({word})) << word;
  EXPECT_TRUE(wants({"e9.9", "eth1"}));
  EXPECT_FALSE(DiskFilter::parse({"("}).has_value());
}

TEST(LocalUse, MountsOfAoefuse) {
  EXPECT_EQ(aoefuse_mounts("proc /proc proc rw 0 0\naoefuse /dev/etherd fuse.aoefuse rw 0 0\n"
                           "sshfs /mnt/x fuse.sshfs rw 0 0\naoefuse /mnt/a\\040b fuse.aoefuse rw 0 0\nshort\n"),
            (std::vector<std::string>{"/dev/etherd", "/mnt/a b"}));
  EXPECT_TRUE(aoefuse_mounts("").empty());
}

}  // namespace
}  // namespace aoekit::cli
