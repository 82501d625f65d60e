// aoe-stat's columns, sizes, names and patterns.
#include "aoetools/stat_format.h"

#include <gtest/gtest.h>

namespace aoekit::aoetools {
namespace {

using Lines = std::vector<std::string>;

TEST(StatFormat, SizesAreCutNotRounded) {
  EXPECT_EQ(size_column("0"), "0.000GB");
  EXPECT_EQ(size_column("1953"), "0.000GB");
  EXPECT_EQ(size_column("1954"), "0.001GB");
  EXPECT_EQ(size_column("2097152"), "1.073GB");
  EXPECT_EQ(size_column("39070080"), "20.003GB");
  EXPECT_EQ(size_column("1953525168"), "1000.204GB");
}

TEST(StatFormat, SizesDoNotOverflow) {
  EXPECT_EQ(size_column("18446744073709551615"), "9444732965739.290GB");
  EXPECT_EQ(size_column("18446744073709551616"), "(NA)");
}

TEST(StatFormat, SizesThatAreNoNumber) {
  EXPECT_EQ(size_column(std::nullopt), "(NA)");
  for (const char* text : {"", "-1", "0x10", "12 ", "1\n2", "many"}) EXPECT_EQ(size_column(text), "(NA)") << text;
}

TEST(StatFormat, WithoutAnyPayload) {
  const DiskFacts disks[] = {{"e1.10", "152:32", "1953525168", "eth0,eth1", "down,closewait", std::nullopt},
                             {"e0.1", "152:16", "2097152", "eth0", "up", std::nullopt}};
  EXPECT_EQ(stat_lines(disks), (Lines{"      e0.1         1.073GB   eth0 up            ",
                                      "     e1.10      1000.204GB eth0,eth1 down,closewait"}));
}

TEST(StatFormat, WithAPayloadTheStateOfADiskWithoutMoves) {
  const DiskFacts disks[] = {{"e1.10", "152:32", "1953525168", "eth0,eth1", "down,closewait", "1024"},
                             {"e7.0", "152:48", "0", std::nullopt, "down", std::nullopt}};
  EXPECT_EQ(stat_lines(disks), (Lines{"      e7.0         0.000GB       (NA) down                ",
                                      "     e1.10      1000.204GB  eth0,eth1 1024  down,closewait"}));
}

TEST(StatFormat, WhichNamesAreDisks) {
  for (const char* name : {"etherd!e1.2", "e1.2", "etherd!e65534.254", "xe5.5y", "a!b!e0.0"}) {
    EXPECT_TRUE(is_aoe_disk(name)) << name;
  }
  for (const char* name : {"etherd!e1.2p1", "etherd!e1", "sda", "etherd!e.2", "etherd!e1.", "", "e", "1.2"}) {
    EXPECT_FALSE(is_aoe_disk(name)) << name;
  }
}

TEST(StatFormat, NamesFollowTheLastMark) {
  EXPECT_EQ(disk_name("/sys/block/etherd!e1.2"), "e1.2");
  EXPECT_EQ(disk_name("/sys/block/e1.2"), "/sys/block/e1.2");
  EXPECT_EQ(disk_name(""), "");
}

TEST(StatFormat, Minors) {
  EXPECT_EQ(minor_of("152:17"), 17U);
  EXPECT_EQ(minor_of("152:"), std::nullopt);
  EXPECT_EQ(minor_of("152"), std::nullopt);
  EXPECT_EQ(minor_of("152:x"), std::nullopt);
  EXPECT_EQ(minor_of(std::nullopt), std::nullopt);
}

TEST(StatFormat, PatternsAreBasicRegularExpressions) {
  const Lines lines = {"e0.1 up", "e1.2 down", "e1.20 up"};
  EXPECT_EQ(matching(lines, ".").value(), lines);
  EXPECT_EQ(matching(lines, "e1\\.2 ").value(), Lines{"e1.2 down"});
  EXPECT_EQ(matching(lines, "up$").value(), (Lines{"e0.1 up", "e1.20 up"}));
  EXPECT_EQ(matching(lines, "e0\\|down").value(), (Lines{"e0.1 up", "e1.2 down"}));
  EXPECT_TRUE(matching(lines, "(up)").value().empty());
  EXPECT_FALSE(matching(lines, "[").has_value());
}

}  // namespace
}  // namespace aoekit::aoetools
