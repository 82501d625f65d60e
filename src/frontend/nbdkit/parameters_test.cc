// The command line of `nbdkit aoe`: what is taken, and what each mistake is told.
#include "frontend/nbdkit/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace aoekit::nbd {
namespace {

using ::testing::HasSubstr;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Result<Parameters> parse(const Pairs& pairs) {
  Parameters parameters;
  for (const auto& [key, value] : pairs) {
    if (const Status set = parameters.set(key, value); !set) return tl::unexpected(set.error());
  }
  if (const Status checked = parameters.check(); !checked) return tl::unexpected(checked.error());
  return parameters;
}

std::string complaint(const Pairs& pairs) {
  const auto parsed = parse(pairs);
  return parsed ? "nothing wrong" : parsed.error().message;
}

TEST(NbdkitParameters, NothingMeansAllDisksOnAllInterfaces) {
  const auto parsed = parse({});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->disk(), std::nullopt);
  EXPECT_EQ(parsed->interfaces(), "");
  EXPECT_EQ(parsed->dead_seconds(), std::nullopt);
  EXPECT_FALSE(parsed->wait_forever());
  EXPECT_EQ(parsed->find_seconds(), 5u);
}

TEST(NbdkitParameters, ShelfAndSlot) {
  const auto parsed = parse({{"slot", "254"}, {"shelf", "65534"}, {"interface", "eth0"}, {"dead-seconds", "7"}});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->disk(), (DiskName{65534, 254}));
  EXPECT_EQ(parsed->disk()->to_string(), "e65534.254");
  EXPECT_EQ(parsed->interfaces(), "eth0");
  EXPECT_EQ(parsed->dead_seconds(), 7u);
}

TEST(NbdkitParameters, AnAddressBringsItsInterfacesAlong) {
  const auto parsed = parse({{"interface", "eth2"}, {"address", "aoe://eth0,eth1/1.2"}, {"wait-forever", "yes"}});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->disk(), (DiskName{1, 2}));
  EXPECT_EQ(parsed->interfaces(), "eth2,eth0,eth1");
  EXPECT_TRUE(parsed->wait_forever());
}

TEST(NbdkitParameters, NumbersHaveLimits) {
  EXPECT_THAT(complaint({{"shelf", "65535"}, {"slot", "0"}}), HasSubstr("shelf=65535: a number from 0 to 65534"));
  EXPECT_THAT(complaint({{"shelf", "1"}, {"slot", "255"}}), HasSubstr("slot=255: a number from 0 to 254"));
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "99999999999999999999"}) {
    EXPECT_THAT(complaint({{"shelf", bad}, {"slot", "0"}}), HasSubstr("a number")) << bad;
    EXPECT_THAT(complaint({{"find-seconds", bad}}), HasSubstr("a number")) << bad;
  }
  EXPECT_THAT(complaint({{"dead-seconds", "0"}}), HasSubstr("a number from 1"));
  EXPECT_THAT(complaint({{"find-seconds", "2000001"}}), HasSubstr("to 2000000"));
}

TEST(NbdkitParameters, WhatDoesNotFitTogether) {
  EXPECT_THAT(complaint({{"shelf", "1"}}), HasSubstr("needs a slot"));
  EXPECT_THAT(complaint({{"slot", "1"}}), HasSubstr("needs a shelf"));
  EXPECT_THAT(complaint({{"address", "e1.2"}, {"slot", "2"}}), HasSubstr("named twice"));
  EXPECT_THAT(complaint({{"address", "e1.2"}, {"address", "e1.2"}}), HasSubstr("only one address"));
  EXPECT_THAT(complaint({{"wait-forever", "on"}, {"dead-seconds", "1"}}), HasSubstr("exclude each other"));
  EXPECT_THAT(complaint({{"wait-forever", "no"}, {"dead-seconds", "1"}}), HasSubstr("nothing wrong"));
  EXPECT_THAT(complaint({{"wait-forever", "maybe"}}), HasSubstr("yes or no"));
  EXPECT_THAT(complaint({{"interface", ""}}), HasSubstr("missing"));
  EXPECT_THAT(complaint({{"device", "e1.2"}}), HasSubstr("unknown parameter 'device'"));
  EXPECT_THAT(complaint({{"address", "aoe://eth0/65535.255"}}), HasSubstr("every shelf and slot"));
  EXPECT_THAT(complaint({{"address", "disk.img"}}), HasSubstr("disk.img"));
}

TEST(NbdkitParameters, ExportNames) {
  for (const char* good : {"e1.2", "1.2", "aoe://1.2"}) {
    const auto name = parse_export_name(good);
    ASSERT_TRUE(name) << good;
    EXPECT_EQ(*name, (DiskName{1, 2})) << good;
  }
  for (const char* bad : {"", "/", "e1", "data", "e1.2/", "e65535.255", "aoe://eth0/1.2"}) {
    EXPECT_FALSE(parse_export_name(bad)) << bad;
  }
}

}  // namespace
}  // namespace aoekit::nbd
