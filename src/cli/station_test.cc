// The station finds the answers that are its own, and no others, within its patience.
#include "cli/station.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "cli/fake_port.h"
#include "cli/target_query.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::cli {
namespace {

using std::chrono::milliseconds;
using Bytes = FakePort::Bytes;

constexpr wire::MacAddress kTargetMac{{2, 0, 0, 0, 0, 0x0b}};
constexpr wire::AoeAddress kAddress{5, 1};

Bytes config_reply(ByteView request, wire::MacAddress from = kTargetMac, wire::AoeAddress address = kAddress) {
  const wire::Header header = wire::reply_header(wire::decode_header(request).value(), from, address);
  Bytes out(wire::kMinFrameBytes);
  wire::ConfigBody body;
  body.buffer_count = 16;
  body.text = bytes_of("hi");
  out.resize(wire::encode(out, header, body).size());
  return out;
}

struct StationTest : testing::Test {
  // The station's only port, whose far side is `far_side`.
  void start(FakePort::FarSide far_side) {
    auto owned = std::make_unique<FakePort>("eth0", std::move(far_side));
    port = owned.get();
    std::vector<std::unique_ptr<net::FramePort>> ports;
    ports.push_back(std::move(owned));
    station = std::make_unique<Station>(std::move(ports), nullptr);
  }
  Bytes request(wire::MacAddress destination = kTargetMac) {
    return config_request(*station, 0, destination, {.address = kAddress});
  }
  FakePort* port = nullptr;
  std::unique_ptr<Station> station;
};

TEST_F(StationTest, ExchangeReturnsTheMatchingResponse) {
  start([](ByteView sent) {
    Bytes other_tag = config_reply(sent);
    other_tag[23] ^= 1;
    return std::vector<Bytes>{other_tag, Bytes(sent.begin(), sent.end()), config_reply(sent, kFakeOwnMac),
                              config_reply(sent, kTargetMac, {5, 2}), config_reply(sent)};
  });
  const Bytes frame = request();
  const auto reply = station->exchange(0, frame, {milliseconds(200), 1});
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->bytes, config_reply(frame));
}

TEST_F(StationTest, ExchangeSendsTheSameBytesAgain) {
  std::vector<Bytes> seen;
  start([&](ByteView sent) {
    seen.emplace_back(sent.begin(), sent.end());
    return seen.size() < 3 ? std::vector<Bytes>{} : std::vector<Bytes>{config_reply(sent)};
  });
  EXPECT_TRUE(station->exchange(0, request(), {milliseconds(10), 3}).has_value());
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0], seen[2]);
}

TEST_F(StationTest, ExchangeGivesUpWithATimeout) {
  start([](ByteView) { return std::vector<Bytes>{}; });
  const auto reply = station->exchange(0, request(), {milliseconds(10), 2});
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().os_error, ETIMEDOUT);
  EXPECT_EQ(reply.error().message, "e5.1: no answer on eth0 within 0.02 s");
  EXPECT_EQ(port->frames_sent(), 2);
}

TEST_F(StationTest, CaptureAfterForgetsWhatCameBefore) {
  start([](ByteView sent) { return std::vector<Bytes>{Bytes(sent.begin(), sent.end()), Bytes(60, 1)}; });
  port->arrive(Bytes(60, 9));
  const Bytes odd(20, 7);
  const auto arrivals = station->capture_after(0, odd, milliseconds(20));
  ASSERT_EQ(arrivals.size(), 2U);
  EXPECT_EQ(arrivals[0].bytes, odd);
  EXPECT_EQ(arrivals[1].bytes, Bytes(60, 1));
}

TEST_F(StationTest, AFloodDoesNotHoldCaptureForEver) {
  start([](ByteView) { return std::vector<Bytes>{}; });
  port->arrive(Bytes(60, 9));
  const Instant far_past{};
  EXPECT_EQ(station->wait_until(far_past), Waited::timeout);
}

TEST_F(StationTest, TagsHaveTheUserSpaceBit) {
  start([](ByteView) { return std::vector<Bytes>{}; });
  const std::uint32_t first = station->next_tag();
  EXPECT_NE(first & 0x80000000U, 0U);
  EXPECT_NE(station->next_tag(), first);
}

TEST_F(StationTest, QueryTargetsListsEachOnce) {
  start([](ByteView sent) {
    return std::vector<Bytes>{config_reply(sent, kTargetMac, {9, 1}), config_reply(sent), config_reply(sent)};
  });
  const auto targets = query_targets(*station, {}, milliseconds(40));
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].address, kAddress);
  EXPECT_EQ(targets[0].mac, kTargetMac);
  EXPECT_EQ(targets[0].interface, "eth0");
  EXPECT_EQ(targets[0].buffer_count, 16);
  EXPECT_EQ(targets[0].sectors_per_frame, 2U) << "0 on the wire means 2";
  EXPECT_EQ(targets[0].config_string, "hi");
}

TEST_F(StationTest, QueryTargetsAsksShelfByShelfWhereAnswersAreLost) {
  constexpr std::size_t kBufferHolds = 277;
  std::size_t dropped = 0;
  start([&](ByteView sent) {
    const auto asked = wire::decode_header(sent)->address;
    std::vector<Bytes> answers;
    for (std::uint16_t shelf = 1; shelf <= 4; ++shelf) {
      for (std::uint8_t slot = 0; slot < 250; ++slot) {
        if (!asked.addresses({shelf, slot})) continue;
        // Of everybody's answers every fourth, of each shelf, gets through.
        if (asked == wire::kEverybody && slot % 4 != 0) {
          ++dropped;
          continue;
        }
        answers.push_back(config_reply(sent, kTargetMac, {shelf, slot}));
      }
    }
    EXPECT_LE(answers.size(), kBufferHolds);
    return answers;
  });
  const auto targets = query_targets(*station, {}, milliseconds(40));
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(targets.size(), 1000U);
  EXPECT_EQ(targets.back().address, (wire::AoeAddress{4, 249}));
}

TEST_F(StationTest, FindTargetIsPatientAndThenSaysWhatToCheck) {
  int broadcasts = 0;
  start([&](ByteView sent) {
    return ++broadcasts < 2 ? std::vector<Bytes>{} : std::vector<Bytes>{config_reply(sent)};
  });
  EXPECT_TRUE(find_target(*station, kAddress, {milliseconds(10), 3}).has_value());
  const auto missing = find_target(*station, {5, 9}, {milliseconds(10), 1});
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message.find("e5.9: no answer on eth0"), std::string::npos);
}

}  // namespace
}  // namespace aoekit::cli
