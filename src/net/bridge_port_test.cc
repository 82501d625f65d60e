// A bridge's port on a real veth pair: strangers' frames, tags, jumbo frames, and nothing of its own.
#include "net/bridge_port.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "net/test_network.h"

namespace aoekit::net {
namespace {

class BridgePortTest : public TestNetwork {
 protected:
  static std::unique_ptr<BridgePort> open(const std::string& interface = "far") {
    auto port = BridgePort::open(interface);
    EXPECT_TRUE(port) << port.error().message;
    return port ? std::move(*port) : nullptr;
  }
  // AoE frames that arrive until `count` have: the kernel speaks on new interfaces, too.
  static std::vector<Bytes> gather(BridgePort& port, std::size_t count) {
    std::vector<Bytes> frames;
    while (frames.size() < count && readable(port.fd(), 1000)) {
      for (const ByteView frame : port.receive()) {
        if (frame[12] == 0x88 || frame[12] == 0x81) frames.emplace_back(frame.begin(), frame.end());
      }
    }
    return frames;
  }
};

constexpr wire::MacAddress kStrangerMac{{2, 0, 0, 0, 0, 9}};

TEST_F(BridgePortTest, CarriesWhatIsForOthers) {
  const auto port = open();
  const Bytes frame = make_frame(kStrangerMac);
  put_on_wire("near", frame);
  EXPECT_EQ(gather(*port, 1), std::vector<Bytes>{frame});
}

TEST_F(BridgePortTest, PutsTagsBack) {
  const auto port = open();
  const std::vector<Bytes> frames = {make_frame(kFarMac), with_tag(make_frame(kStrangerMac), 0x6005),
                                     with_tag(make_frame(kFarMac), 7)};
  for (const Bytes& frame : frames) put_on_wire("near", frame);
  EXPECT_EQ(gather(*port, 3), frames);
}

TEST_F(BridgePortTest, CarriesJumboFramesBothWays) {
  set_mtu(9000);
  const auto far = open();
  const auto near = open("near");
  const Bytes jumbo = make_frame(kStrangerMac, 0, 9014);
  const std::vector<ByteView> many(200, jumbo);
  near->send(many);
  EXPECT_EQ(near->counters().sent, 200U);
  const auto arrived = gather(*far, 200);
  ASSERT_EQ(arrived.size(), 200U);
  EXPECT_EQ(arrived.back(), jumbo);
  EXPECT_EQ(far->counters().receive_drops, 0U);
}

TEST_F(BridgePortTest, DoesNotReceiveItsOwnFrames) {
  const auto port = open();
  const Bytes own = make_frame(kNearMac);
  const std::array<ByteView, 1> frames{ByteView(own)};
  port->send(frames);
  const Bytes other = make_frame(kFarMac, 0, 61);
  put_on_wire("near", other);
  EXPECT_EQ(gather(*port, 1), std::vector<Bytes>{other});
}

TEST_F(BridgePortTest, CountsWhatTheInterfaceRefuses) {
  const auto port = open();
  const Bytes too_long = make_frame(kNearMac, 0, 9014);
  const Bytes good = make_frame(kNearMac);
  const std::array<ByteView, 3> frames{ByteView(good), ByteView(too_long), ByteView(good)};
  port->send(frames);
  EXPECT_EQ(port->counters().sent, 2U);
  EXPECT_EQ(port->counters().send_drops, 1U);
}

TEST_F(BridgePortTest, SurvivesTheInterfaceGoingDown) {
  const auto port = open();
  ip("link set far down");
  port->receive();
  EXPECT_FALSE(port->gone());
  connect();
  const Bytes frame = make_frame(kFarMac);
  put_on_wire("near", frame);
  EXPECT_EQ(gather(*port, 1), std::vector<Bytes>{frame});
}

TEST_F(BridgePortTest, SeesThatTheInterfaceIsGone) {
  const auto port = open();
  ip("link del far");
  EXPECT_TRUE(port->gone());
}

TEST_F(BridgePortTest, SaysWhatIsWrongWithAnInterface) {
  const auto missing = BridgePort::open("nowhere");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().os_error, ENODEV);
  const auto loopback = BridgePort::open("lo");
  ASSERT_FALSE(loopback);
  EXPECT_EQ(loopback.error().os_error, EPROTOTYPE);
}

}  // namespace
}  // namespace aoekit::net
