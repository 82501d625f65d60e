// Addresses of exports and stations: wildcards, and text that is none.
#include "wire/address.h"

#include <gtest/gtest.h>

#include "wire/mac_address.h"

namespace aoekit::wire {
namespace {

TEST(AoeAddress, ParsesWithAndWithoutTheLetter) {
  EXPECT_EQ(AoeAddress::parse("e1.2").value(), (AoeAddress{1, 2}));
  EXPECT_EQ(AoeAddress::parse("65534.254").value(), (AoeAddress{65534, 254}));
  EXPECT_EQ(AoeAddress::parse("e65535.255").value(), kEverybody);
  EXPECT_EQ(AoeAddress::parse("e0.0").value().to_string(), "e0.0");
}

TEST(AoeAddress, RefusesEverythingElseAndNamesIt) {
  for (const char* text : {"", "e", ".", "e.", "e1", "1.", ".2", "e1.2.3", "e65536.0", "e1.256", "e-1.2", "e1.-2",
                           "e-0.0", "e+1.2", "ee1.2", "E1.2", "e1.2 ", " e1.2", "e1,2", "e1.0x2", "e99999999999.1",
                           "etherd/e1.2"}) {
    const auto address = AoeAddress::parse(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_NE(address.error().message.find("'" + std::string(text) + "'"), std::string::npos);
    EXPECT_NE(address.error().message.find("eSHELF.SLOT"), std::string::npos);
  }
}

TEST(AoeAddress, WildcardsStandEachOnItsOwn) {
  constexpr AoeAddress kExport{7, 3};
  EXPECT_TRUE((AoeAddress{7, 3}.addresses(kExport)));
  EXPECT_TRUE((AoeAddress{7, 0xff}.addresses(kExport)));
  EXPECT_TRUE((AoeAddress{0xffff, 3}.addresses(kExport)));
  EXPECT_TRUE(kEverybody.addresses(kExport));
  EXPECT_FALSE((AoeAddress{8, 3}.addresses(kExport)));
  EXPECT_FALSE((AoeAddress{7, 4}.addresses(kExport)));
  EXPECT_FALSE((AoeAddress{8, 0xff}.addresses(kExport)));
  EXPECT_FALSE((AoeAddress{0xffff, 4}.addresses(kExport)));
}

TEST(AoeAddress, TargetsHaveNoWildcard) {
  EXPECT_TRUE((AoeAddress{0xfffe, 0xfe}.is_valid_target()));
  EXPECT_FALSE((AoeAddress{0xffff, 1}.is_valid_target()));
  EXPECT_FALSE((AoeAddress{1, 0xff}.is_valid_target()));
}

TEST(MacAddress, ParsesTheUsualForms) {
  constexpr MacAddress kExpected{{0x00, 0x11, 0x22, 0xaa, 0xbb, 0xcc}};
  for (const char* text : {"00:11:22:aa:bb:cc", "00-11-22-AA-BB-CC", "001122aabbcc", "001122AaBbCc"}) {
    EXPECT_EQ(MacAddress::parse(text).value(), kExpected) << text;
  }
  EXPECT_EQ(kExpected.to_string(), "00:11:22:aa:bb:cc");
}

TEST(MacAddress, RefusesEverythingElseAndNamesIt) {
  for (const char* text : {"", "0", "00:11:22:aa:bb", "00:11:22:aa:bb:cc:dd", "00:11:22:aa:bb:cg", "00:11-22:aa:bb:cc",
                           "00.11.22.aa.bb.cc", "0011:22aa:bbcc", "001122aabbc", "001122aabbccd", "00:11:22:aa:bb: c",
                           "0:11:22:aa:bb:ccc", "00:11:22:aa:bb:-c", "eth0"}) {
    const auto mac = MacAddress::parse(text);
    ASSERT_FALSE(mac.has_value()) << text;
    EXPECT_NE(mac.error().message.find("'" + std::string(text) + "' is not a MAC address"), std::string::npos);
  }
}

TEST(MacAddress, GroupsOfStations) {
  EXPECT_TRUE(kBroadcastMac.is_broadcast() && kBroadcastMac.is_multicast());
  EXPECT_TRUE((MacAddress{{0x01, 0, 0x5e, 0, 0, 1}}).is_multicast());
  EXPECT_FALSE((MacAddress{{0x02, 0xff, 0xff, 0xff, 0xff, 0xff}}).is_multicast());
  EXPECT_FALSE((MacAddress{{0x01, 0xff, 0xff, 0xff, 0xff, 0xff}}).is_broadcast());
}

}  // namespace
}  // namespace aoekit::wire
