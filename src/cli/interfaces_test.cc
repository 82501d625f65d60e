// The choice of interfaces names what is wrong.
#include "cli/interfaces.h"

#include <gtest/gtest.h>

namespace aoekit::cli {
namespace {

const std::vector<InterfaceFact> kPresent{{"lo", false, true, true},
                                          {"eth0", true, false, true},
                                          {"eth1", true, false, false},
                                          {"eth2", true, false, true},
                                          {"tun0", false, false, true}};

TEST(ChooseInterfaces, TakesAllUsableEthernetOnesUnlessTold) {
  EXPECT_EQ(choose_interfaces({}, kPresent).value(), (std::vector<std::string>{"eth0", "eth2"}));
}

TEST(ChooseInterfaces, TakesWhatIsNamedEvenLoopbackAndOnlyOnce) {
  EXPECT_EQ(choose_interfaces({"lo", "eth2", "lo"}, kPresent).value(), (std::vector<std::string>{"lo", "eth2"}));
}

TEST(ChooseInterfaces, SaysWhichOneIsMissingOrDown) {
  EXPECT_EQ(choose_interfaces({"eth9"}, kPresent).error().message,
            "there is no network interface 'eth9' (see: ip link)");
  EXPECT_NE(choose_interfaces({"eth1"}, kPresent).error().message.find("ip link set eth1 up"), std::string::npos);
  EXPECT_NE(choose_interfaces({}, {{"lo", false, true, true}}).error().message.find("no Ethernet interface is up"),
            std::string::npos);
}

TEST(ListInterfaces, FindsLoopback) {
  const auto facts = list_interfaces();
  ASSERT_TRUE(facts.has_value());
  bool loopback = false;
  for (const InterfaceFact& fact : *facts) loopback |= fact.loopback;
  EXPECT_TRUE(loopback);
}

}  // namespace
}  // namespace aoekit::cli
