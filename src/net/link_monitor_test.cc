// The link monitor: what `ip link` does becomes events, once each, also after a flood.
#include "net/link_monitor.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "net/test_network.h"

namespace aoekit::net {
namespace {

class LinkMonitorTest : public TestNetwork {
 protected:
  void SetUp() override {
    TestNetwork::SetUp();
    if (IsSkipped()) return;
    Result<LinkMonitor> monitor = LinkMonitor::create();
    ASSERT_TRUE(monitor) << monitor.error().message;
    monitor_.emplace(std::move(*monitor));
    at_start_ = events();
  }
  // All events up to now. What `ip` itself changes is reported before it returns, and need not be waited for.
  std::vector<LinkEvent> events() {
    std::vector<LinkEvent> all;
    while (readable(monitor_->fd(), 0)) {
      const auto some = monitor_->read();
      EXPECT_TRUE(some) << some.error().message;
      if (!some) break;
      all.insert(all.end(), some->begin(), some->end());
    }
    return all;
  }
  // Whether "far" is reported, in two seconds, as having a carrier. That comes later than `ip` returns.
  std::optional<bool> carrier_of_far() {
    while (readable(monitor_->fd(), 2000)) {
      const auto all = events();
      if (const LinkEvent* far = last_about(all, "far")) return far->state.up;
    }
    return std::nullopt;
  }
  static const LinkEvent* last_about(const std::vector<LinkEvent>& all, const std::string& name) {
    const auto at =
        std::find_if(all.rbegin(), all.rend(), [&](const LinkEvent& event) { return event.state.name == name; });
    return at == all.rend() ? nullptr : &*at;
  }
  std::optional<LinkMonitor> monitor_;
  std::vector<LinkEvent> at_start_;
};

TEST_F(LinkMonitorTest, StartsWithWhatThereIs) {
  EXPECT_EQ(at_start_.size(), 3U);  // lo, near, far
  const LinkEvent* far = last_about(at_start_, "far");
  ASSERT_NE(far, nullptr);
  EXPECT_EQ(far->kind, LinkEvent::Kind::changed);
  EXPECT_EQ(far->state, *query_interface("far"));
  EXPECT_FALSE(readable(monitor_->fd(), 0));
}

TEST_F(LinkMonitorTest, ReportsMtuAndMac) {
  ip("link set far mtu 4000");
  const auto mtu = events();
  ASSERT_NE(last_about(mtu, "far"), nullptr);
  EXPECT_EQ(last_about(mtu, "far")->state.mtu_bytes, 4000U);
  ip("link set far address 02:00:00:00:00:77");
  const auto mac = events();
  ASSERT_NE(last_about(mac, "far"), nullptr);
  EXPECT_EQ(last_about(mac, "far")->state.mac.bytes.back(), 0x77);
}

TEST_F(LinkMonitorTest, ReportsCarrier) {
  ip("link set near down");
  EXPECT_EQ(carrier_of_far(), false);
  ip("link set near up");
  EXPECT_EQ(carrier_of_far(), true);
}

TEST_F(LinkMonitorTest, ReportsRemovalAndReturn) {
  ip("link delete far");
  const auto gone = events();
  ASSERT_NE(last_about(gone, "far"), nullptr);
  EXPECT_EQ(last_about(gone, "far")->kind, LinkEvent::Kind::gone);
  ip("link add near type veth peer name far");
  const auto back = events();
  ASSERT_NE(last_about(back, "far"), nullptr);
  EXPECT_EQ(last_about(back, "far")->kind, LinkEvent::Kind::changed);
}

TEST_F(LinkMonitorTest, ARenamedInterfaceIsGoneUnderItsOldName) {
  ip("link set far down");
  ip("link set far name other");
  const auto all = events();
  ASSERT_NE(last_about(all, "far"), nullptr);
  EXPECT_EQ(last_about(all, "far")->kind, LinkEvent::Kind::gone);
  ASSERT_NE(last_about(all, "other"), nullptr);
  EXPECT_EQ(last_about(all, "other")->kind, LinkEvent::Kind::changed);
}

// Leaving a bridge is announced with the same message type as leaving the machine.
TEST_F(LinkMonitorTest, LeavingABridgeIsNotLeaving) {
  if (!try_ip("link add br0 type bridge 2>/dev/null")) GTEST_SKIP() << "no bridges here";
  ip("link set far master br0");
  ip("link set far nomaster");
  for (const LinkEvent& event : events()) EXPECT_EQ(event.kind, LinkEvent::Kind::changed) << event.state.name;
}

TEST_F(LinkMonitorTest, RecoversFromAFlood) {
  ip("link set far mtu 2000");
  ip("link delete far");  // takes near along
  // Far more than the socket's buffer holds, and nobody reads: the removal is among what fits, the last state is not.
  const std::string flood = "for i in 1 2 3; do ip link add last type veth peer name lost; ip link del last; done; "
                            "yes 'link set lo mtu 60000\nlink set lo mtu 60001' | head -4000 | ip -batch -; "
                            "ip link add last type veth peer name lost";
  ASSERT_EQ(std::system(flood.c_str()), 0);
  const auto all = events();
  ASSERT_NE(last_about(all, "last"), nullptr);
  EXPECT_EQ(last_about(all, "last")->kind, LinkEvent::Kind::changed);
  ASSERT_NE(last_about(all, "far"), nullptr);
  EXPECT_EQ(last_about(all, "far")->kind, LinkEvent::Kind::gone);
  ASSERT_NE(last_about(all, "lo"), nullptr);
  EXPECT_EQ(last_about(all, "lo")->state.mtu_bytes, 60001U);
}

TEST_F(LinkMonitorTest, NoticesARemovalThatItDidNotHear) {
  const std::string flood = "yes 'link set lo mtu 60000\nlink set lo mtu 60001' | head -4000 | ip -batch -; "
                            "ip link delete far";
  ASSERT_EQ(std::system(flood.c_str()), 0);
  const auto all = events();
  for (const char* name : {"near", "far"}) {
    ASSERT_NE(last_about(all, name), nullptr) << name;
    EXPECT_EQ(last_about(all, name)->kind, LinkEvent::Kind::gone) << name;
  }
}

}  // namespace
}  // namespace aoekit::net
