// The bare generator against a port that answers by itself: cutting, windows, losses, late copies, errors.
#include "cli/bench/wire_load.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "ata/registers.h"
#include "io/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::bench {
namespace {

using Replies = std::vector<std::vector<std::uint8_t>>;  // whole frames

constexpr wire::AoeAddress kAddress{1, 2};
constexpr wire::MacAddress kTargetMac{{2, 0, 0, 0, 0, 1}};

struct Asked {
  wire::Header header;
  wire::AtaBody ata;
  std::uint64_t lba() const { return ata.lba[0] + 256U * ata.lba[1]; }
};

// Answers what it is sent when it is next asked to receive.
class AnsweringPort final : public net::FramePort {
 public:
  // What comes back for a request; nothing: it is lost.
  using Answer = std::function<Replies(const Asked&)>;
  explicit AnsweringPort(Answer answer) : answer_(std::move(answer)) { info_.mac = {{2, 0, 0, 0, 0, 2}}; }

  const net::PortInfo& info() const override { return info_; }
  const net::PortCounters& counters() const override { return counters_; }
  int fd() const override { return -1; }
  std::span<const ByteView> receive() override {
    received_.swap(waiting_);
    waiting_.clear();
    views_.assign(received_.begin(), received_.end());
    return views_;
  }
  void send(std::span<const ByteView> frames) override {
    most_at_once = std::max(most_at_once, frames.size());
    for (const ByteView frame : frames) {
      const auto header = wire::decode_header(frame);
      ASSERT_TRUE(header);
      const auto body = wire::decode_body(*header, frame);
      ASSERT_TRUE(body);
      const auto* const ata = std::get_if<wire::AtaBody>(&*body);
      asked.push_back({*header, ata == nullptr ? wire::AtaBody{} : *ata});
      asked.back().ata.data = {};
      for (auto& reply : answer_(asked.back())) waiting_.push_back(std::move(reply));
    }
  }

  std::vector<Asked> asked;
  std::size_t most_at_once = 0;

 private:
  Answer answer_;
  net::PortInfo info_;
  net::PortCounters counters_;
  Replies waiting_, received_;
  std::vector<ByteView> views_;
};

std::vector<std::uint8_t> reply(const Asked& asked, std::size_t data_bytes, std::uint8_t status = ata::kStatusReady) {
  std::vector<std::uint8_t> memory(wire::kFrameBytesMax);
  const std::vector<std::uint8_t> data(data_bytes);
  wire::AtaBody body;
  body.command_or_status = status;
  body.data = data;
  const ByteView frame = wire::encode(memory, wire::reply_header(asked.header, kTargetMac, kAddress), body);
  return {frame.begin(), frame.end()};
}
std::vector<std::uint8_t> good(const Asked& asked) {
  return reply(asked, asked.ata.is_write() ? 0 : Sectors{asked.ata.count}.bytes());
}

WireTarget target(std::uint64_t request_sectors, unsigned read_percent = 100) {
  const Sectors size{request_sectors};
  return {.address = kAddress, .mac = kTargetMac, .sectors_per_frame = 2, .window = 4, .depth = 3, .request_size = size,
          .workload = Workload({.read_percent = read_percent, .order = Order::sequential, .range = {{100}, {60}},
                                .request_size = size}),
          .schedule = Schedule::closed_loop()};
}

void turn(WireLoad& load, int times) {
  for (int i = 0; i < times; ++i) ASSERT_TRUE(load.turn(io::monotonic_now()));
}

TEST(WireLoad, CutsRequestsAndKeepsToTheWindow) {
  AnsweringPort port([](const Asked& asked) { return Replies{good(asked)}; });
  WireLoad load(port, {target(5)}, Waiting::spinning);
  turn(load, 100);
  EXPECT_GT(load.tally().reads, 50U);
  EXPECT_EQ(load.tally().bytes, load.tally().reads * 5 * 512);
  EXPECT_EQ(load.tally().errors + load.tally().retransmissions, 0U);
  EXPECT_EQ(load.tally().latency.count(), load.tally().reads);
  EXPECT_EQ(port.most_at_once, 4U);
  // Sectors 100-104 in frames of 2, 2 and 1; then 105 and so on.
  ASSERT_GE(port.asked.size(), 6U);
  const std::uint64_t places[] = {100, 102, 104, 105, 107, 109};
  const unsigned counts[] = {2, 2, 1, 2, 2, 1};
  std::set<std::uint32_t> tags;
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(port.asked[i].lba(), places[i]);
    EXPECT_EQ(port.asked[i].ata.count, counts[i]);
    EXPECT_EQ(port.asked[i].header.destination, kTargetMac);
    tags.insert(port.asked[i].header.tag);
  }
  EXPECT_EQ(tags.size(), 6U);
}

TEST(WireLoad, WritesStayInTheRange) {
  AnsweringPort port([](const Asked& asked) { return Replies{good(asked)}; });
  WireLoad load(port, {target(4, 0)}, Waiting::spinning);
  turn(load, 100);
  EXPECT_GT(load.tally().writes, 50U);
  EXPECT_EQ(load.tally().reads, 0U);
  for (const Asked& asked : port.asked) {
    EXPECT_TRUE(asked.ata.is_write());
    EXPECT_GE(asked.lba(), 100U);
    EXPECT_LE(asked.lba() + asked.ata.count, 160U);
  }
}

TEST(WireLoad, LateCopiesCountOnce) {
  AnsweringPort port([](const Asked& asked) { return Replies{good(asked), good(asked)}; });
  WireLoad load(port, {target(2)}, Waiting::spinning);
  turn(load, 100);
  EXPECT_LE(load.tally().reads, port.asked.size());
  EXPECT_EQ(load.tally().errors, 0U);
}

// A target that has just started announces itself: an answer to nobody, with tag 0. It once freed a free slot.
TEST(WireLoad, AnnouncementsAnswerNothing) {
  AnsweringPort port([](const Asked& asked) {
    Asked nobody = asked;
    nobody.header.tag = 0;
    return Replies{good(nobody), good(asked), good(nobody)};
  });
  WireLoad load(port, {target(2)}, Waiting::spinning);
  turn(load, 100);
  EXPECT_EQ(port.asked.size(), 300U);  // three a turn
  EXPECT_EQ(load.tally().reads, 300U);
  EXPECT_EQ(port.most_at_once, 3U);
  EXPECT_EQ(load.tally().errors, 0U);
}

TEST(WireLoad, WhatIsLostIsSentAgain) {
  std::set<std::uint32_t> seen;
  AnsweringPort port([&seen](const Asked& asked) {
    Replies replies;
    if (!seen.insert(asked.header.tag).second || asked.lba() != 100) replies.push_back(good(asked));
    return replies;
  });
  WireLoad load(port, {target(2)}, Waiting::asleep);
  for (int i = 0; i < 10'000 && load.tally().retransmissions == 0; ++i) {
    ASSERT_TRUE(load.turn(io::monotonic_now() + std::chrono::milliseconds(1)));
  }
  turn(load, 3);
  EXPECT_GE(load.tally().retransmissions, 1U);
  EXPECT_GE(load.tally().latency.max(), std::chrono::milliseconds(100));  // from the first time it was sent
  EXPECT_EQ(load.tally().errors, 0U);
}

TEST(WireLoad, ErrorsAndShortAnswersFail) {
  int count = 0;
  AnsweringPort port([&count](const Asked& asked) {
    const bool short_one = ++count % 2 == 0;
    return Replies{short_one ? reply(asked, 100) : reply(asked, 1024, ata::kStatusReady | ata::kStatusError)};
  });
  WireLoad load(port, {target(2)}, Waiting::spinning);
  turn(load, 20);
  EXPECT_GT(load.tally().reads, 10U);
  EXPECT_EQ(load.tally().errors, load.tally().reads);
  EXPECT_EQ(load.tally().bytes, 0U);
  load.reset_tally();
  EXPECT_EQ(load.tally().requests(), 0U);
}

}  // namespace
}  // namespace aoekit::bench
