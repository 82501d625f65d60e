// The machine's interfaces as an engine sees them: named ones, all of them, and those that come and go.
#include "client/interfaces.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "io/clock.h"
#include "net/test_network.h"

namespace aoekit::client {
namespace {

class InterfacesTest : public net::TestNetwork {
 protected:
  static std::vector<std::string> names_of(InterfaceNetwork& network) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < network.port_count(); ++i) names.push_back(network.port(i).info().name);
    std::sort(names.begin(), names.end());
    return names;
  }
  // Follows until `ready`; which ports changed meanwhile is in changed_.
  bool follow_until(InterfaceNetwork& network, const std::function<bool()>& ready) {
    const Instant deadline = io::monotonic_now() + std::chrono::seconds(60);
    while (!ready()) {
      if (io::monotonic_now() > deadline) return false;
      pollfd entry{network.changes_fd(), POLLIN, 0};
      if (::poll(&entry, 1, 100) < 0) return false;
      EXPECT_TRUE(network.follow([&](std::size_t index) { changed_.push_back(index); }).has_value());
    }
    return true;
  }
  std::vector<std::size_t> changed_;
};

TEST_F(InterfacesTest, AllButTheLoopback) {
  ip("link set lo up");
  const auto network = InterfaceNetwork::open({}).value();
  EXPECT_EQ(names_of(*network), (std::vector<std::string>{"far", "near"}));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(network->port(i).info().up);
    EXPECT_GE(network->port(i).fd(), 0);
  }
}

TEST_F(InterfacesTest, OneThatComesLaterIsUsedAndItsNumberServesTheNext) {
  const auto network = InterfaceNetwork::open({.names = {}, .ports_max = 4}).value();
  ip("link add late type veth peer name later");
  ASSERT_TRUE(follow_until(*network, [&] { return network->port_count() == 4; }));
  EXPECT_EQ(names_of(*network), (std::vector<std::string>{"far", "late", "later", "near"}));
  EXPECT_NE(std::find(changed_.begin(), changed_.end(), 3U), changed_.end());
  ip("link del late");
  ASSERT_TRUE(follow_until(*network, [&] { return network->port(2).fd() < 0 && network->port(3).fd() < 0; }));
  EXPECT_FALSE(network->port(2).info().up);
  ip("link add next type veth peer name nextto");
  ASSERT_TRUE(follow_until(*network, [&] {
    return names_of(*network) == std::vector<std::string>{"far", "near", "next", "nextto"};
  }));
  EXPECT_EQ(network->port_count(), 4U);
}

TEST_F(InterfacesTest, MoreThanThereIsRoomForAreLeftOut) {
  ip("link add more type veth peer name evenmore");
  const auto network = InterfaceNetwork::open({.names = {}, .ports_max = 3}).value();
  EXPECT_EQ(network->port_count(), 3U);
}

TEST_F(InterfacesTest, NamedOnesOnly) {
  const auto network = InterfaceNetwork::open({.names = {"near", "near"}}).value();
  EXPECT_EQ(names_of(*network), (std::vector<std::string>{"near"}));
  ip("link add late type veth peer name later");
  ip("link set near down");
  ASSERT_TRUE(follow_until(*network, [&] { return !network->port(0).info().up; }));
  EXPECT_EQ(network->port_count(), 1U);
  EXPECT_EQ(changed_.back(), 0U);
  ip("link set near up mtu 9000");
  ASSERT_TRUE(follow_until(*network, [&] {
    return network->port(0).info().up && network->port(0).info().mtu_bytes == 9000;
  }));
}

TEST_F(InterfacesTest, WhatIsMissingOrTooMuchIsSaid) {
  const auto too_many = InterfaceNetwork::open({.names = {"near", "far"}, .ports_max = 1});
  ASSERT_FALSE(too_many.has_value());
  EXPECT_EQ(too_many.error().os_error, EINVAL);
  const auto none = InterfaceNetwork::open({.names = {"near", "nowhere"}});
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().os_error, ENODEV);
  EXPECT_NE(none.error().message.find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace aoekit::client
