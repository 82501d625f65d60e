// Addressing, versions, malformed frames, config strings, masks, reservations and announcements.
#include "target/target_core.h"

#include "target/target_fixture.h"

namespace aoekit::target {
namespace {

using wire::ConfigOp;
using wire::ReserveOp;

class Core : public TargetFixture {};

TEST_F(Core, EachWildcardStandsOnItsOwn) {
  core_.add_export(options({1, 3}), Instant{});
  core_.add_export(options({2, 2}), Instant{});
  const auto count = [&](wire::AoeAddress address) {
    return send_config(ConfigOp::read, "", {.destination = wire::kBroadcastMac, .address = address}).size();
  };
  EXPECT_EQ(count({0xffff, 0xff}), 3U);
  EXPECT_EQ(count({1, 0xff}), 2U);
  EXPECT_EQ(count({0xffff, 2}), 2U);
  EXPECT_EQ(count({2, 2}), 1U);
  EXPECT_EQ(count({2, 3}), 0U);
  EXPECT_EQ(core_.counters().silent_not_for_us, 1U);
}

TEST_F(Core, RepliesCarryTheRealAddress) {
  const auto replies = send_ata(transfer(0xec, 0, 1), {.destination = wire::kBroadcastMac, .address = wire::kEverybody});
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].header.address, (wire::AoeAddress{1, 2}));
  EXPECT_EQ(replies[0].header.source, kTargetMac);
}

TEST_F(Core, FramesThatAreNotForUsGetSilence) {
  EXPECT_TRUE(send_config(ConfigOp::read, "", {.destination = kBob}).empty());
  EXPECT_TRUE(send_config(ConfigOp::read, "", {.flags = wire::kFlagResponse}).empty());
  EXPECT_TRUE(send_config(ConfigOp::read, "", {.source = wire::kBroadcastMac}).empty());
  const std::array<std::uint8_t, 23> runt{};
  EXPECT_TRUE(send_raw(runt).empty());
  EXPECT_EQ(core_.counters().silent_not_for_us, 1U);
  EXPECT_EQ(core_.counters().silent_response, 1U);
  EXPECT_EQ(core_.counters().silent_bad_source, 1U);
  EXPECT_EQ(core_.counters().silent_not_a_frame, 1U);
}

TEST_F(Core, AnotherVersionIsErrorFive) {
  const auto replies = send_config(ConfigOp::read, "", {.version = 2});
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].bytes[14], 0x1c);
  EXPECT_EQ(replies[0].header.error, 5);
}

TEST_F(Core, UnknownCommandIsErrorOneWithNothingOfTheRequestInIt) {
  const std::array<std::uint8_t, 100> data{1, 2, 3};
  const auto replies = send(Request{}, wire::UnknownBody{data}, 0x77);
  ASSERT_EQ(replies.size(), 1U);
  ASSERT_EQ(replies[0].bytes.size(), 60U);
  EXPECT_EQ(replies[0].header.error, 1);
  EXPECT_EQ(replies[0].header.command, 0x77);
  for (std::size_t i = 24; i < 60; ++i) EXPECT_EQ(replies[0].bytes[i], 0);
}

TEST_F(Core, MalformedBodiesAreErrorTwo) {
  std::array<std::uint8_t, 64> memory{};
  const ByteView config = wire::encode(memory, header({}, 1), wire::ConfigBody{});
  std::vector<std::uint8_t> frame(config.begin(), config.end());
  frame[30] = 0xff;  // a string of 65280 bytes
  EXPECT_EQ(send_raw(frame).at(0).header.error, 2);
  frame[30] = 0, frame[29] = 9;  // an unknown sub-command
  EXPECT_EQ(send_raw(frame).at(0).header.error, 2);
  frame[19] = 2, frame[25] = 1, frame[27] = 200;  // a mask edit with more directives than bytes
  EXPECT_EQ(send_raw(frame).at(0).header.error, 2);
  frame[19] = 3, frame[24] = 1, frame[25] = 200;  // a reservation likewise
  EXPECT_EQ(send_raw(frame).at(0).header.error, 2);
  frame.resize(30);
  frame[19] = 0;  // an ATA request without registers
  EXPECT_EQ(send_raw(frame).at(0).header.error, 2);
  EXPECT_EQ(core_.counters().malformed, 5U);
}

TEST_F(Core, ShortRequestsAreServed) {
  std::array<std::uint8_t, 60> memory{};
  EXPECT_EQ(send_raw(wire::encode(memory, header({}, 1), wire::ConfigBody{}).first(32)).size(), 1U);
}

TEST_F(Core, ConfigStringFollowsTheFiveSubCommands) {
  EXPECT_EQ(config_of(send_config(ConfigOp::set, "abc").at(0)).text.size(), 3U);
  EXPECT_EQ(send_config(ConfigOp::set, "abc").at(0).header.error, 0) << "the same again";
  const auto refused = send_config(ConfigOp::set, "xyz");
  EXPECT_EQ(refused.at(0).header.error, 4);
  EXPECT_EQ(config_of(refused.at(0)).text.size(), 3U) << "the present string is attached";
  EXPECT_EQ(send_config(ConfigOp::test, "abc").size(), 1U);
  EXPECT_EQ(send_config(ConfigOp::test, "ab").size(), 0U);
  EXPECT_EQ(send_config(ConfigOp::test_prefix, "ab").size(), 1U);
  EXPECT_EQ(send_config(ConfigOp::test_prefix, "").size(), 1U);
  EXPECT_EQ(send_config(ConfigOp::test_prefix, "abcd").size(), 0U);
  EXPECT_EQ(config_of(send_config(ConfigOp::force_set, "").at(0)).text.size(), 0U);
  EXPECT_EQ(send_config(ConfigOp::test, "").size(), 1U);
}

TEST_F(Core, ConfigReplyMatchesThePublishedBytes) {
  core_.update_port(port_, {kTargetMac, 1500}, outbox_);
  turn();
  const auto reply = send_config(ConfigOp::read, "", {.tag = 0}).at(0);
  const std::vector<std::uint8_t> expected{0x18, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 64, 0, 0, 2, 0x10, 0, 0};
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), reply.bytes.begin() + 14));
}

TEST_F(Core, MaskedOutStationsGetSilenceForEverything) {
  EXPECT_EQ(edit_mask({{1, kAlice}}, {}).size(), 1U);
  EXPECT_TRUE(send_config(ConfigOp::read, "", {.source = kBob}).empty());
  EXPECT_TRUE(send_ata(read(0, 1), {.source = kBob}).empty());
  EXPECT_TRUE(send_config(ConfigOp::read, "", {.source = kBob, .version = 2}).empty());
  EXPECT_TRUE(started_.empty());
  EXPECT_EQ(send_config(ConfigOp::read, "").size(), 1U);
}

TEST_F(Core, MaskEditsAreAllOrNothing) {
  const auto failed = edit_mask({{1, kAlice}, {1, kBob}, {7, kBob}}, {});
  const auto& body = std::get<wire::MaskBody>(failed.at(0).body);
  EXPECT_EQ(body.error, 2);
  EXPECT_EQ(body.count, 2) << "directives before the bad one";
  EXPECT_FALSE(failed[0].header.is_error());
  EXPECT_TRUE(core_.exported(id_).mask.empty());
  edit_mask({{1, kAlice}, {1, kBob}, {1, kBob}, {0, kBob}, {2, kTargetMac}}, {});
  EXPECT_EQ(core_.exported(id_).mask, (StationList{kAlice, kBob}));
  edit_mask({{2, kAlice}, {2, kBob}}, {});
  EXPECT_TRUE(core_.exported(id_).mask.empty());
}

TEST_F(Core, MaskListHoldsTwoHundredFiftyFiveStations) {
  for (int i = 0; i < 255; ++i) {
    const wire::MacAddress mac{{2, 0, 0, 0, 1, static_cast<std::uint8_t>(i)}};
    EXPECT_EQ(std::get<wire::MaskBody>(edit_mask({{1, mac}, {1, kAlice}}, {}).at(0).body).error, i == 254 ? 3 : 0);
  }
  EXPECT_EQ(core_.exported(id_).mask.size(), 255U);
}

TEST_F(Core, ReservationKeepsOthersOutOfTheDiskButNotOfIdentify) {
  EXPECT_EQ(send_reserve(ReserveOp::set, {kAlice}, {}).at(0).header.error, 0);
  EXPECT_EQ(send_ata(read(0, 1), {.source = kBob}).at(0).header.error, 6);
  EXPECT_EQ(send_ata(transfer(0xec, 0, 1), {.source = kBob}).at(0).header.error, 0);
  EXPECT_EQ(send_config(ConfigOp::read, "", {.source = kBob}).size(), 1U);
  EXPECT_EQ(send_reserve(ReserveOp::set, {kBob}, {.source = kBob}).at(0).header.error, 6);
  const auto list = send_reserve(ReserveOp::read, {}, {.source = kBob});
  EXPECT_EQ(std::get<wire::ReserveBody>(list.at(0).body).mac(0), kAlice);
  EXPECT_EQ(send_reserve(ReserveOp::force_set, {kBob}, {.source = kBob}).at(0).header.error, 0);
  EXPECT_EQ(send_ata(read(0, 1)).at(0).header.error, 6);
  send_reserve(ReserveOp::set, {}, {.source = kBob});
  EXPECT_TRUE(send_ata(read(0, 1)).empty());
  EXPECT_EQ(started_.size(), 1U);
}

TEST_F(Core, AnnouncesToEverybodyOrToEachStationOfTheMask) {
  core_.announce(id_, outbox_);
  auto frames = turn();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_TRUE(frames[0].header.destination.is_broadcast());
  EXPECT_EQ(frames[0].header.tag, 0U);
  edit_mask({{1, kAlice}, {1, kBob}}, {});
  core_.announce(id_, outbox_);
  frames = turn();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[1].header.destination, kBob);
}

TEST_F(Core, ResizeIsAnnouncedOnceAndServed) {
  core_.resize(id_, Sectors{2000}, outbox_);
  EXPECT_EQ(turn().size(), 1U);
  core_.resize(id_, Sectors{2000}, outbox_);
  EXPECT_EQ(turn().size(), 0U);
  wire::AtaBody body = read(0xcf, 1);
  body.lba[1] = 7;  // sector 1999
  EXPECT_TRUE(send_ata(body).empty());
  EXPECT_EQ(started_.size(), 1U);
}

}  // namespace
}  // namespace aoekit::target
