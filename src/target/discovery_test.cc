// Many exports: answers and announcements come a few at a time, none twice, none lost, whoever asks and how often.
#include "target/discovery.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "target/target_fixture.h"

namespace aoekit::target {
namespace {

using wire::ConfigOp;

class Discovery : public TargetFixture {
 protected:
  explicit Discovery(const TargetLimits& wanted = limits()) : TargetFixture(wanted) {}

  // Shelf 1 has slots 2..., then shelves of 100 slots each.
  void export_more(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      core_.add_export(options({static_cast<std::uint16_t>(10 + i / 100), static_cast<std::uint8_t>(i % 100)}), now_);
    }
  }
  std::vector<Reply> ask(wire::MacAddress from, std::uint32_t tag, wire::AoeAddress address = wire::kEverybody) {
    return ask_for(ConfigOp::read, "", {.source = from, .destination = wire::kBroadcastMac, .address = address,
                                        .tag = tag});
  }
  std::vector<Reply> ask_for(ConfigOp op, std::string_view text, const Request& request) {
    wire::ConfigBody body;
    body.op = static_cast<std::uint8_t>(op);
    body.text = bytes_of(text);
    std::array<std::uint8_t, 2000> memory{};
    core_.on_frame(port_, wire::encode(memory, header(request, 1), body), now_, outbox_);
    return turn();
  }
  // The next tick, when it is due.
  std::vector<Reply> tick() {
    now_ = std::max(now_, core_.next_deadline().value());
    core_.on_timer(now_, outbox_);
    return turn();
  }
  std::vector<Reply> all_ticks() {
    std::vector<Reply> replies;
    while (core_.next_deadline()) {
      for (Reply& reply : tick()) replies.push_back(std::move(reply));
    }
    return replies;
  }
  static std::set<wire::AoeAddress> addresses(const std::vector<Reply>& replies) {
    std::set<wire::AoeAddress> found;
    for (const Reply& reply : replies) {
      EXPECT_TRUE(found.insert(reply.header.address).second) << "twice: " << reply.header.address.to_string();
    }
    return found;
  }
  static wire::MacAddress station(std::size_t i) {
    return {{2, 0, 0, 1, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}};
  }

  Instant now_{std::chrono::seconds(100)};
};

TEST_F(Discovery, AFewExportsAnswerAtOnce) {
  export_more(kAnswersAtOnce - 1);
  EXPECT_EQ(addresses(ask(kAlice, 7)).size(), kAnswersAtOnce);
  EXPECT_EQ(core_.next_deadline(), std::nullopt);
}

TEST_F(Discovery, ManyExportsAnswerOneAfterTheOther) {
  export_more(999);
  auto replies = ask(kAlice, 7);
  EXPECT_EQ(replies.size(), kAnswersAtOnce);
  EXPECT_EQ(core_.next_deadline(), now_ + kTickInterval);
  core_.on_timer(now_ + kTickInterval / 2, outbox_);
  EXPECT_EQ(turn().size(), 0U) << "too early";
  while (core_.next_deadline()) {
    const auto more = tick();
    EXPECT_LE(more.size(), kAnswersAtOnce) << "for one station in one tick";
    replies.insert(replies.end(), more.begin(), more.end());
  }
  EXPECT_EQ(addresses(replies).size(), 1000U);
  for (const Reply& reply : replies) {
    EXPECT_EQ(reply.header.tag, 7U);
    EXPECT_EQ(reply.header.destination, kAlice);
  }
  EXPECT_LE(now_ - Instant(std::chrono::seconds(100)), std::chrono::milliseconds(42));
  EXPECT_EQ(core_.counters().dropped_no_buffer, 0U);
}

TEST_F(Discovery, LateWakeUpsDoNotAddUp) {
  export_more(999);
  const Instant start = now_;
  auto replies = ask(kAlice, 7);
  for (std::size_t ticks = 1; const auto due = core_.next_deadline(); ++ticks) {
    EXPECT_EQ(*due, start + kTickInterval * static_cast<Duration::rep>(ticks));
    now_ = *due + kTickInterval * 9 / 10;
    core_.on_timer(now_, outbox_);
    for (Reply& reply : turn()) replies.push_back(std::move(reply));
  }
  EXPECT_EQ(addresses(replies).size(), 1000U);
}

TEST_F(Discovery, AfterAPauseNothingIsMadeUpFor) {
  export_more(999);
  ask(kAlice, 7);
  now_ += 100 * kTickInterval;
  core_.on_timer(now_, outbox_);
  EXPECT_EQ(turn().size(), kAnswersAtOnce);
  EXPECT_EQ(core_.next_deadline(), now_ + kTickInterval);
}

TEST_F(Discovery, TwoStationsGetAsMuchOfEachOthersTicks) {
  export_more(999);
  ask(kAlice, 1);
  ask(kBob, 1);
  std::map<wire::MacAddress, std::size_t> heard;
  for (int i = 0; i < 20; ++i) {
    for (const Reply& reply : tick()) ++heard[reply.header.destination];
  }
  EXPECT_EQ(heard[kAlice] + heard[kBob], 20 * kAnswersPerTick);
  EXPECT_EQ(heard[kAlice], heard[kBob]);
}

TEST_F(Discovery, WhoAsksAgainAndAgainHearsOfEveryExport) {
  export_more(199);
  std::set<wire::AoeAddress> heard;
  for (std::uint32_t tag = 1; heard.size() < 200; ++tag) {
    ASSERT_LT(tag, 50U) << "only " << heard.size() << " exports were heard of";
    for (const Reply& reply : ask(kAlice, tag)) heard.insert(reply.header.address);
    for (const Reply& reply : tick()) {
      EXPECT_EQ(reply.header.tag, tag);
      heard.insert(reply.header.address);
    }
  }
  ask(kAlice, 99);
  const auto replies = all_ticks();
  EXPECT_EQ(addresses(replies).size(), 200U) << "the last query is answered by all, from where the others were";
  for (const Reply& reply : replies) EXPECT_EQ(reply.header.tag, 99U);
}

TEST_F(Discovery, StationsShareATickAndEachHearsEveryExport) {
  export_more(299);
  std::map<wire::MacAddress, std::vector<Reply>> heard;
  for (std::size_t i = 0; i < 10; ++i) {
    for (Reply& reply : ask(station(i), 1)) heard[reply.header.destination].push_back(std::move(reply));
  }
  while (core_.next_deadline()) {
    auto replies = tick();
    EXPECT_LE(replies.size(), kAnswersPerTick);
    for (Reply& reply : replies) heard[reply.header.destination].push_back(std::move(reply));
  }
  ASSERT_EQ(heard.size(), 10U);
  for (const auto& [mac, replies] : heard) EXPECT_EQ(addresses(replies).size(), 300U);
}

TEST_F(Discovery, MoreStationsThanCanBeRememberedHearAnAnnouncement) {
  export_more(99);
  for (std::size_t i = 0; i < kQueriesMax + 5; ++i) ask(station(i), 1);
  EXPECT_EQ(core_.counters().queries_spread, kQueriesMax);
  EXPECT_EQ(core_.counters().queries_announced, 5U);
  std::vector<Reply> announced;
  for (Reply& reply : all_ticks()) {
    if (reply.header.destination.is_broadcast()) announced.push_back(std::move(reply));
  }
  EXPECT_EQ(addresses(announced).size(), 100U);
}

TEST_F(Discovery, OnlyThoseAddressedAnswer) {
  export_more(299);
  ask(kAlice, 1, {11, 0xff});
  all_ticks();
  EXPECT_EQ(core_.counters().replies, 100U);
  now_ += kTickInterval;
  EXPECT_EQ(ask(kAlice, 1, {1, 0xff}).size(), 1U) << "few of a shelf, too";
  EXPECT_EQ(ask(kAlice, 1, {99, 0xff}).size(), 0U);
  EXPECT_EQ(core_.counters().silent_not_for_us, 1U);
  EXPECT_EQ(ask(kAlice, 1, {11, 5}).size(), 1U) << "one export answers at once";
  EXPECT_EQ(ask(kAlice, 1, {0xffff, 7}).size(), 3U) << "few of all shelves";
}

TEST_F(Discovery, MasksAndStringTestsHold) {
  export_more(98);
  ExportOptions hidden = options({20, 1});
  hidden.mask = {kBob};
  core_.add_export(hidden, now_);
  auto replies = ask(kAlice, 1);
  for (Reply& reply : all_ticks()) replies.push_back(std::move(reply));
  EXPECT_EQ(addresses(replies).size(), 99U);
  EXPECT_EQ(core_.counters().silent_masked, 1U);
  ask_for(ConfigOp::set, "mine", {.address = {10, 50}});
  replies = ask_for(ConfigOp::test_prefix, "mi", {.destination = wire::kBroadcastMac, .address = wire::kEverybody});
  for (Reply& reply : all_ticks()) replies.push_back(std::move(reply));
  EXPECT_THAT(addresses(replies), testing::ElementsAre(wire::AoeAddress{10, 50}));
}

TEST_F(Discovery, WhatChangesExportsIsDoneAtOnce) {
  export_more(20);
  ask_for(ConfigOp::force_set, "all", {.destination = wire::kBroadcastMac, .address = wire::kEverybody});
  for (std::uint32_t i = 0; i < 21; ++i) EXPECT_EQ(core_.exported(ExportId{i}).config_string, "all");
}

TEST_F(Discovery, WithoutFreeBuffersAnswersWait) {
  export_more(99);
  for (std::size_t i = 0; i < core_.outbox_capacity(); ++i) core_.announce(id_, outbox_);
  std::array<std::uint8_t, 60> memory{};
  const ByteView frame = wire::encode(
      memory, header({.destination = wire::kBroadcastMac, .address = wire::kEverybody}, 1), wire::ConfigBody{});
  core_.on_frame(port_, frame, now_, outbox_);
  EXPECT_EQ(turn().size(), core_.outbox_capacity());
  EXPECT_EQ(addresses(all_ticks()).size(), 100U);
  EXPECT_EQ(core_.counters().dropped_no_buffer, 0U);
}

TEST_F(Discovery, ManyAnnouncementsAreSpreadAndNotRepeatedTooSoon) {
  export_more(99);
  core_.update_port(port_, {kTargetMac, 9000}, outbox_);
  EXPECT_EQ(turn().size(), 0U);
  std::vector<Reply> replies;
  while (core_.next_deadline()) {
    const auto more = tick();
    EXPECT_LE(more.size(), kAnnouncementsPerTick);
    replies.insert(replies.end(), more.begin(), more.end());
  }
  EXPECT_EQ(addresses(replies).size(), 100U);
  const Instant first = Instant(std::chrono::seconds(100));
  static_assert(kAnnounceIntervalPerExport * 100 < kAnnounceInterval);
  core_.update_port(port_, {kTargetMac, 1500}, outbox_);
  core_.update_port(port_, {kTargetMac, 9000}, outbox_);
  core_.on_timer(now_, outbox_);
  EXPECT_EQ(turn().size(), 0U);
  EXPECT_EQ(core_.next_deadline(), first + kAnnounceInterval);
  EXPECT_EQ(addresses(all_ticks()).size(), 100U) << "two changes, one announcement";
}

TEST_F(Discovery, TheMoreIsAnnouncedTheLongerTheNextAnnouncementsWait) {
  export_more(999);
  core_.update_port(port_, {kTargetMac, 9000}, outbox_);
  all_ticks();
  core_.announce_soon(id_);
  core_.on_timer(now_, outbox_);
  EXPECT_EQ(core_.next_deadline(), Instant(std::chrono::seconds(100)) + 1000 * kAnnounceIntervalPerExport);
}

TEST_F(Discovery, AMaskedExportIsAnnouncedToEachStationOfItsMask) {
  ExportOptions masked = options({20, 1});
  for (std::size_t i = 0; i < 100; ++i) masked.mask.push_back(station(i));
  core_.announce_soon(core_.add_export(masked, now_));
  core_.announce_soon(core_.add_export(options({20, 2}), now_));
  std::set<wire::MacAddress> told;
  for (const Reply& reply : all_ticks()) EXPECT_TRUE(told.insert(reply.header.destination).second);
  EXPECT_EQ(told.size(), 101U);
}

TEST(Pace, CoresTogetherAreNoLouderThanOne) {
  for (const std::size_t cores : {1U, 2U, 3U, 4U, 7U, 8U, 9U, 16U, 33U, 64U, 1000U}) {
    SCOPED_TRACE(cores);
    const Pace pace = Pace::for_one_of(cores);
    const auto ticks = static_cast<std::size_t>(pace.tick / kTickInterval);
    const auto expect_share = [&](std::size_t has, std::size_t all) {
      EXPECT_GE(has, 1U);
      EXPECT_LE(has * cores, all * ticks);
      EXPECT_GT((has + 1) * cores, all * ticks);
    };
    expect_share(pace.answers_at_once, kAnswersAtOnce);
    expect_share(pace.answers_per_tick, kAnswersPerTick);
    expect_share(pace.announcements_per_tick, kAnnouncementsPerTick);
    EXPECT_LT(ticks, 2 + cores / kAnnouncementsPerTick) << "no slower than it must be";
    EXPECT_EQ(pace.announce_interval_per_export, kAnnounceIntervalPerExport * cores);
  }
}

class OneOfFourCores : public Discovery {
 protected:
  OneOfFourCores() : Discovery([] {
    TargetLimits wanted = limits();
    wanted.cores = 4;
    return wanted;
  }()) {}
};

TEST_F(OneOfFourCores, AnswersAndAnnouncesAQuarter) {
  export_more(99);
  auto replies = ask(kAlice, 7);
  EXPECT_EQ(replies.size(), kAnswersAtOnce / 4);
  const Instant start = now_;
  while (core_.next_deadline()) {
    for (Reply& reply : tick()) replies.push_back(std::move(reply));
  }
  EXPECT_EQ(addresses(replies).size(), 100U);
  EXPECT_EQ(now_ - start, 16 * kTickInterval) << "100 exports, 6 in each tick, the first at once";
  core_.update_port(port_, {kTargetMac, 9000}, outbox_);
  std::vector<Reply> announced;
  while (core_.next_deadline()) {
    const auto more = tick();
    EXPECT_LE(more.size(), kAnnouncementsPerTick / 4);
    announced.insert(announced.end(), more.begin(), more.end());
  }
  EXPECT_EQ(addresses(announced).size(), 100U);
}

TEST_F(Discovery, AnnouncementsWaitARandomWhile) {
  constexpr Duration kJitter = std::chrono::milliseconds(500);
  std::set<Duration> waits;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    TargetCore core({.buffers = 64, .sectors_per_frame_max = 17, .announce_jitter = kJitter, .seed = seed});
    core.add_port({kTargetMac, 9000});
    core.announce_soon(core.add_export(options({1, 2}), now_));
    core.on_timer(now_, outbox_);
    EXPECT_EQ(outbox_.frames.size(), 0U);
    const Instant due = core.next_deadline().value();
    EXPECT_GE(due, now_);
    EXPECT_LT(due, now_ + kJitter);
    waits.insert(due - now_);
    core.on_timer(due, outbox_);
    EXPECT_EQ(outbox_.frames.size(), 1U);
    core.recycle(outbox_);
    EXPECT_EQ(core.next_deadline(), std::nullopt);
  }
  EXPECT_GT(waits.size(), 15U);
}

TEST_F(Discovery, StoppingForgetsWhatWasPutOff) {
  export_more(99);
  ask(kAlice, 1);
  core_.announce_soon(id_);
  core_.stop_accepting();
  EXPECT_EQ(core_.next_deadline(), std::nullopt);
}

}  // namespace
}  // namespace aoekit::target
