// The switch in memory: forwarding, learning, limits and loss.
#include "net/memory_switch.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <array>

#include "wire/encode.h"

namespace aoekit::net {
namespace {

using Bytes = std::vector<std::uint8_t>;

wire::MacAddress mac(std::uint8_t last) { return {{2, 0, 0, 0, 0, last}}; }

class MemorySwitchTest : public testing::Test {
 protected:
  MemoryPort& plug_in(std::uint8_t last, std::uint32_t mtu_bytes = 1500) {
    return **fabric_.add_port({.name = "m", .mac = mac(last), .mtu_bytes = mtu_bytes, .up = true});
  }
  Bytes frame(wire::MacAddress to, wire::MacAddress from, std::uint32_t tag = 0) {
    std::array<std::uint8_t, 60> memory;
    const ByteView bytes = wire::encode(
        memory, wire::Header{.destination = to, .source = from, .address = wire::kEverybody, .tag = tag},
        wire::UnknownBody{});
    return {bytes.begin(), bytes.end()};
  }
  static void send(MemoryPort& port, const Bytes& bytes) {
    const ByteView view = bytes;
    port.send({&view, 1});
  }
  static bool readable(const MemoryPort& port) {
    pollfd wait{port.fd(), POLLIN, 0};
    return ::poll(&wait, 1, 0) == 1;
  }

  MemorySwitch fabric_;
  MemoryPort& a_ = plug_in(1);
  MemoryPort& b_ = plug_in(2);
  MemoryPort& c_ = plug_in(3);
};

TEST_F(MemorySwitchTest, BroadcastReachesAllOthers) {
  const Bytes sent = frame(wire::kBroadcastMac, mac(1));
  send(a_, sent);
  EXPECT_FALSE(readable(a_));
  for (MemoryPort* port : {&b_, &c_}) {
    EXPECT_TRUE(readable(*port));
    const auto got = port->receive();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(Bytes(got[0].begin(), got[0].end()), sent);
    EXPECT_FALSE(readable(*port));
  }
}

TEST_F(MemorySwitchTest, UnicastReachesItsStationOnly) {
  int offers = 0;
  fabric_.set_lose_hook([&](const MemoryPort&, const MemoryPort&, ByteView) {
    ++offers;
    return false;
  });
  send(a_, frame(mac(2), mac(1)));  // unknown: flooded, and taken by b alone
  EXPECT_EQ(offers, 2);
  EXPECT_EQ(b_.receive().size(), 1U);
  EXPECT_EQ(c_.receive().size(), 0U);
  send(b_, frame(mac(1), mac(2)));  // learned
  EXPECT_EQ(offers, 3);
  EXPECT_EQ(a_.receive().size(), 1U);
}

TEST_F(MemorySwitchTest, OnlyAoeArrives) {
  Bytes other = frame(mac(2), mac(1));
  other[13] = 0;
  send(a_, other);
  EXPECT_FALSE(readable(b_));
}

TEST_F(MemorySwitchTest, LosesWhatTheHookSays) {
  fabric_.set_lose_hook([](const MemoryPort&, const MemoryPort& to, ByteView) { return to.info().mac == mac(2); });
  send(a_, frame(wire::kBroadcastMac, mac(1)));
  EXPECT_FALSE(readable(b_));
  EXPECT_TRUE(readable(c_));
}

TEST_F(MemorySwitchTest, FramesKeepTheirOrderAcrossBatches) {
  for (std::uint32_t tag = 0; tag < 100; ++tag) send(a_, frame(mac(2), mac(1), tag));
  std::uint32_t next = 0;
  for (int batch = 0; batch < 2; ++batch) {
    for (const ByteView bytes : b_.receive()) EXPECT_EQ(bytes[23], next++);
  }
  EXPECT_EQ(next, 100U);
  EXPECT_EQ(b_.counters().frames_received, 100U);
}

TEST_F(MemorySwitchTest, AFullQueueDrops) {
  for (std::size_t i = 0; i < MemorySwitch::kQueueFramesMax + 3; ++i) send(a_, frame(mac(2), mac(1)));
  EXPECT_EQ(b_.counters().receive_drops, 3U);
}

TEST_F(MemorySwitchTest, AnMtuIsAnMtu) {
  MemoryPort& jumbo = plug_in(9, 9000);
  Bytes longer = frame(mac(2), mac(9));
  longer.resize(1515);
  send(a_, longer);
  EXPECT_EQ(a_.counters().send_drops, 1U);
  send(jumbo, longer);
  EXPECT_EQ(jumbo.counters().frames_sent, 1U);
  EXPECT_EQ(b_.counters().frames_truncated, 1U);
  longer.resize(1514);
  send(a_, longer);
  EXPECT_EQ(b_.receive().size(), 1U);
}

TEST_F(MemorySwitchTest, APortThatIsDownNeitherSendsNorReceives) {
  PortInfo down = b_.info();
  down.up = false;
  b_.set_info(down);
  send(a_, frame(mac(2), mac(1)));
  send(b_, frame(mac(1), mac(2)));
  EXPECT_FALSE(readable(a_));
  EXPECT_FALSE(readable(b_));
  EXPECT_EQ(b_.counters().send_drops, 1U);
}

}  // namespace
}  // namespace aoekit::net
