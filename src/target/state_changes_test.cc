// Changes by commands that must be stored before they happen: answers, copies, refusals, removal.
#include "target/target_fixture.h"

namespace aoekit::target {
namespace {

using wire::ConfigOp;
using wire::ReserveOp;

class StateChangesTest : public TargetFixture {
 protected:
  static TargetLimits with_persistence() {
    TargetLimits limits = TargetFixture::limits();
    limits.persistence = Persistence::required;
    return limits;
  }
  StateChangesTest() : TargetFixture(with_persistence()) {}

  std::string_view text(const Reply& reply) { return text_of(config_of(reply).text); }
  static std::string_view text_of(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

TEST_F(StateChangesTest, ConfigStringIsAnsweredWhenItIsStored) {
  EXPECT_TRUE(send_config(ConfigOp::set, "mine", {.tag = 7}).empty());
  ASSERT_EQ(storing_.size(), 1U);
  EXPECT_EQ(storing_[0].device, id_);
  EXPECT_EQ(core_.state_to_store(storing_[0].cookie).config_string, "mine");
  EXPECT_EQ(text(send_config(ConfigOp::read, "").at(0)), "") << "not yet";
  EXPECT_FALSE(core_.idle());
  const auto replies = stored();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].header.tag, 7U);
  EXPECT_EQ(config_of(replies[0]).op, static_cast<std::uint8_t>(ConfigOp::set));
  EXPECT_EQ(text(replies[0]), "mine");
  EXPECT_EQ(text(send_config(ConfigOp::read, "").at(0)), "mine");
  EXPECT_TRUE(core_.idle());
}

TEST_F(StateChangesTest, WhatChangesNothingIsAnsweredAtOnce) {
  send_config(ConfigOp::set, "mine");
  stored();
  EXPECT_EQ(send_config(ConfigOp::set, "mine").size(), 1U);
  EXPECT_EQ(send_config(ConfigOp::force_set, "mine").size(), 1U);
  EXPECT_EQ(edit_mask({{2, kBob}}, {}).size(), 1U);
  EXPECT_EQ(send_reserve(ReserveOp::set, {}, {}).size(), 1U);
  EXPECT_TRUE(storing_.empty());
}

TEST_F(StateChangesTest, FailureIsErrorThreeAndChangesNothing) {
  edit_mask({{1, kAlice}}, {});
  const auto replies = stored(Stored::failed);
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].header.error, 3);
  EXPECT_EQ(replies[0].header.command, 2);
  EXPECT_TRUE(core_.exported(id_).mask.empty());
  EXPECT_EQ(send_config(ConfigOp::read, "", {.source = kBob}).size(), 1U);
}

TEST_F(StateChangesTest, MaskAndReservationHoldFromTheMomentTheyAreStored) {
  edit_mask({{1, kAlice}}, {});
  EXPECT_EQ(send_config(ConfigOp::read, "", {.source = kBob}).size(), 1U);
  const auto edited = stored();
  EXPECT_EQ(std::get<wire::MaskBody>(edited.at(0).body).count, 1);
  EXPECT_TRUE(send_config(ConfigOp::read, "", {.source = kBob}).empty());
  send_reserve(ReserveOp::set, {kBob}, {});
  ASSERT_EQ(storing_.size(), 1U);
  EXPECT_EQ(core_.state_to_store(storing_[0].cookie).mask, (StationList{kAlice})) << "the whole state is stored";
  EXPECT_EQ(send_ata(read(0, 1)).size(), 0U) << "not reserved yet";
  const auto reserved = stored();
  EXPECT_EQ(std::get<wire::ReserveBody>(reserved.at(0).body).mac(0), kBob);
  EXPECT_EQ(send_ata(read(1, 1)).at(0).header.error, 6);
}

TEST_F(StateChangesTest, CopiesAreAbsorbedAndOthersDropped) {
  send_config(ConfigOp::force_set, "one", {.tag = 1});
  EXPECT_TRUE(send_config(ConfigOp::force_set, "one", {.tag = 2}).empty());
  EXPECT_TRUE(send_config(ConfigOp::force_set, "two", {.tag = 3}).empty());
  EXPECT_TRUE(send_config(ConfigOp::force_set, "one", {.source = kBob, .tag = 4}).empty());
  EXPECT_TRUE(edit_mask({{1, kAlice}}, {.tag = 5}).empty());
  EXPECT_EQ(core_.counters().duplicates, 1U);
  EXPECT_EQ(core_.counters().dropped_state_busy, 3U);
  ASSERT_EQ(storing_.size(), 1U);
  const auto replies = stored();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].header.tag, 2U) << "the newest";
}

TEST_F(StateChangesTest, MoreExportsThanPlacesAreDroppedAndCounted) {
  for (std::uint8_t slot = 10; slot < 10 + kStateWritesMax; ++slot) core_.add_export(options({1, slot}), now_);
  send_config(ConfigOp::force_set, "all", {.destination = wire::kBroadcastMac, .address = {1, 0xff}});
  EXPECT_EQ(storing_.size(), kStateWritesMax);
  EXPECT_EQ(core_.counters().dropped_state_busy, 1U);
  for (std::size_t i = kStateWritesMax; i > 0; --i) EXPECT_EQ(stored().size(), 1U);
  EXPECT_TRUE(core_.idle());
}

TEST_F(StateChangesTest, RemovedExportWaitsForItsStorage) {
  send_config(ConfigOp::set, "mine");
  core_.remove_export(id_);
  EXPECT_FALSE(core_.is_removed(id_));
  EXPECT_EQ(stored().size(), 1U) << "the command was accepted";
  EXPECT_TRUE(core_.is_removed(id_));
}

TEST_F(StateChangesTest, RemovedPortGetsNoAnswer) {
  send_config(ConfigOp::set, "mine");
  core_.remove_port(port_);
  EXPECT_TRUE(stored().empty());
  EXPECT_EQ(core_.exported(id_).config_string, "mine");
}

TEST_F(StateChangesTest, StateOfTheLastTimeComesWithTheExport) {
  ExportOptions with_state = options({1, 3});
  with_state.config_string = "kept";
  with_state.mask = {kAlice};
  with_state.reserved_for = {kBob};
  const ExportId id = core_.add_export(with_state, now_);
  EXPECT_EQ(core_.state_of(id), (PersistentState{"kept", {kAlice}, {kBob}}));
  core_.set_state(id, {"other", {}, {}});
  EXPECT_EQ(text(send_config(ConfigOp::read, "", {.source = kBob, .address = {1, 3}}).at(0)), "other");
  EXPECT_TRUE(storing_.empty());
}

}  // namespace
}  // namespace aoekit::target
