// What aoe-version, aoeping, aoecfg and aoe-sancheck print, and which nodes aoe-mkdevs makes.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "aoetools/cfg_format.h"
#include "aoetools/control.h"
#include "aoetools/nodes.h"
#include "aoetools/ping_format.h"
#include "aoetools/sancheck_report.h"
#include "aoetools/version_format.h"
#include "wire/encode.h"

namespace aoekit::aoetools {
namespace {

TEST(Version, FromModinfo) {
  EXPECT_EQ(installed_version(""), "(unknown)");
  EXPECT_EQ(installed_version("filename: x\nversion:        85\nlicense: GPL\n"), "85");
  EXPECT_EQ(installed_version("version: 85\nparm:           version:aoe module v22 (string)\n"), "v22");
  EXPECT_EQ(installed_version("srcversion: 85\n"), "(unknown)");
}

TEST(Version, WhatRuns) {
  EXPECT_EQ(version_text("85", Driver::none, std::nullopt),
            "              aoetools:\t36\n  installed aoe driver:\t85\n    running aoe driver:\t(none)\n");
  EXPECT_EQ(version_text("x", Driver::kernel, "85"),
            "              aoetools:\t36\n  installed aoe driver:\tx\n    running aoe driver:\t85\n");
  EXPECT_EQ(version_text("x", Driver::kernel, std::nullopt),
            "              aoetools:\t36\n  installed aoe driver:\tx\n            aoe driver:\trunning\n");
  EXPECT_TRUE(version_text("x", Driver::aoefuse, "0.1.0").ends_with("\taoefuse 0.1.0\n"));
  EXPECT_TRUE(version_text("x", Driver::aoefuse, "aoefuse 0.1.0").ends_with("\taoefuse 0.1.0\n"));
}

TEST(Ping, HexRows) {
  std::array<std::uint8_t, 18> bytes{};
  bytes[17] = 0xab;
  EXPECT_EQ(hex_rows(ByteView(bytes).first(2)), "00 00 ");
  EXPECT_EQ(hex_rows(ByteView(bytes).first(16)), "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 \n");
  EXPECT_EQ(hex_rows(bytes), "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 \n00 ab ");
}

TEST(Ping, IdentifyFields) {
  std::array<std::uint8_t, kIdentifyBytes> page{};
  const auto put = [&](std::size_t word, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) page[word * 2 + (i ^ 1)] = static_cast<std::uint8_t>(text[i]);
  };
  page[14] = 0xcd, page[15] = 0xab, page[16] = 1, page[19] = 2;
  put(10, "1.2:host            ");
  put(23, "0.1\x80" "rest");
  put(27, "a model of forty bytes, filled to the end");
  EXPECT_EQ(identify_fields(page),
            "device identify fields:\nvendor_specific_0: 0xABCD\nvendor_specific_1: 0x1\nvendor_specific_2: 0x200\n"
            "serial_number: 1.2:host            \nfirmware_rev: 0.1\n"
            "model: a model of forty bytes, filled to the en\n");
  EXPECT_FALSE(knows_smart(page));
  page[164] = 1;
  EXPECT_TRUE(knows_smart(page));
}

TEST(Ping, Found) {
  wire::Header header;
  header.address = {1, 2};
  header.source = {{0, 1, 2, 0xaa, 0xbb, 0xcc}};
  EXPECT_EQ(found_line(header), "found e1.2 with mac 000102aabbcc");
}

TEST(Cfg, Answers) {
  std::array<std::uint8_t, 64> memory{};
  wire::Header header;
  header.flags = wire::kFlagResponse;
  header.address = {1, 2};
  header.command = 1;
  wire::ConfigBody body;
  body.text = bytes_of("claim");
  const ByteView frame = wire::encode(memory, header, body);
  EXPECT_EQ(answer_line(header, frame, false), "1.2\tclaim\n");
  EXPECT_EQ(answer_line(header, frame, true), "claim\n");
  EXPECT_EQ(answer_line(header, frame.first(34), true), std::nullopt);
  header.flags |= wire::kFlagError;
  const char* names[] = {"*GOK*", "*badcmd*", "*badarg*", "*baddev*", "*badcfg*", "*badvers*", "*GOK*"};
  for (std::uint8_t error = 0; error < 7; ++error) {
    header.error = error;
    EXPECT_EQ(answer_line(header, frame, true), names[error] + std::string("\n"));
  }
}

TEST(Flush, NamesEnd) { EXPECT_EQ(flush_command("e1.1"), std::string("e1.1\0", 5)); }

TEST(Nodes, OfAShelf) {
  const auto nodes = shelf_nodes(3, 16);
  ASSERT_EQ(nodes->size(), 256U);
  EXPECT_EQ(nodes->front(), (Node{"e3.0", S_IFBLK | 0660, 768}));
  EXPECT_EQ((*nodes)[17], (Node{"e3.1p1", S_IFBLK | 0660, 785}));
  EXPECT_EQ(nodes->back(), (Node{"e3.15p15", S_IFBLK | 0660, 1023}));
  EXPECT_EQ(shelf_nodes(5, 1)->back(), (Node{"e5.15", S_IFBLK | 0660, 95}));
  EXPECT_TRUE(shelf_nodes(65534, 1).has_value());
  EXPECT_FALSE(shelf_nodes(4096, 16).has_value());
}

const SanInterface kInterfaces[] = {
    {"cli0", true, 9000, "8086:10fb"}, {"cli1", true, 4200, ""}, {"off", false, 1500, ""}};
constexpr wire::MacAddress kMac{{2, 0, 0, 0, 0, 1}}, kOther{{2, 0, 0, 0, 0, 2}};

TEST(Sancheck, AllWell) {
  EXPECT_EQ(sancheck_report(kInterfaces, {{0, {1, 2}, kMac, 17, 17}}),
            "==========================================\nINTERFACE SUMMARY\n"
            "==========================================\nName\tStatus\tMTU\tPCI ID\n"
            "cli0\tUP\t9000\t8086:10fb\ncli1\tUP\t4200\t\noff\tDN\t1500\t\n"
            "==========================================\nDEVICE SUMMARY\n"
            "==========================================\nDevice\tMacs\tPayload\tLocal Interfaces\n"
            "e1.2\t   1\t8704\tcli0\n");
}

TEST(Sancheck, Warnings) {
  const std::string report =
      sancheck_report(kInterfaces, {{1, {1, 2}, kOther, 17, 8}, {0, {1, 2}, kMac, 17, 2}, {0, {1, 2}, kOther, 17, 17}});
  EXPECT_TRUE(report.ends_with("e1.2\t   2\t8704\tcli0,cli1\n"
                               "   The path cli0->020000000001 is only capable of 1024 byte payloads\n"
                               "   cli1: MTU (4200) not set optimally for device's capable payload\n"
                               "   cli1: MTU different from other interfaces (4200 vs. 9000)\n"))
      << report;
  EXPECT_TRUE(sancheck_report(kInterfaces, {{0, {1, 2}, kMac, 17, 17}, {0, {1, 2}, kOther, 17, 17}})
                  .ends_with("   Mismatched number of local vs remote interfaces\n"));
}

TEST(Sancheck, Paths) {
  EXPECT_EQ(sancheck_paths(kInterfaces, {{0, {1, 3}, kMac, 17, 17}, {0, {1, 2}, kMac, 17, 2}}),
            "cli0:\ne1.2 020000000001 2\ne1.3 020000000001 17\n\ncli1:\n\noff:\n\n");
}

}  // namespace
}  // namespace aoekit::aoetools
