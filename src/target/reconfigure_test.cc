// Exports and ports that change and go while requests are being worked on.
#include "target/target_fixture.h"

namespace aoekit::target {
namespace {

using wire::ConfigOp;

class Reconfigure : public TargetFixture {
 protected:
  static constexpr wire::MacAddress kOtherMac{{0x02, 0, 0, 0, 0, 0x02}};

  static std::vector<std::uint8_t> query(const Request& request) {
    std::array<std::uint8_t, 64> memory{};
    const ByteView frame = wire::encode(memory, header(request, 1), wire::ConfigBody{});
    return {frame.begin(), frame.end()};
  }
};

TEST_F(Reconfigure, RemovedExportFinishesWhatItHasAndTakesNothingNew) {
  send_ata(write(1, 1, sectors(1, 1)), {.tag = 1});
  send_ata(write(1, 1, sectors(1, 2)), {.tag = 2});  // waits for the first
  core_.remove_export(id_);
  EXPECT_TRUE(send_ata(read(9, 1), {.tag = 3}).empty());
  EXPECT_TRUE(send_config(ConfigOp::read, "", {.destination = wire::kBroadcastMac, .address = wire::kEverybody}).empty());
  EXPECT_EQ(core_.counters().silent_not_for_us, 2U);
  EXPECT_FALSE(core_.is_removed(id_));
  EXPECT_EQ(complete().at(0).header.tag, 1U);
  EXPECT_FALSE(core_.is_removed(id_));
  EXPECT_EQ(complete().at(0).header.tag, 2U);
  EXPECT_TRUE(core_.is_removed(id_));
  EXPECT_TRUE(core_.idle());
}

TEST_F(Reconfigure, AddressIsFreeAtOnceAndTheNumberWhenAllIsAnswered) {
  send_ata(write(1, 1, sectors(1, 1)), {.tag = 1});
  core_.remove_export(id_);
  const ExportId second = core_.add_export(options({1, 2}), now_);
  EXPECT_NE(second, id_);
  send_ata(write(1, 1, sectors(1, 2)), {.tag = 2});
  ASSERT_EQ(started_.size(), 2U) << "another disk: nothing to wait for";
  EXPECT_EQ(started_[1].device, second);
  complete();
  complete();
  const ExportId third = core_.add_export(options({1, 3}), now_);
  EXPECT_EQ(third, id_);
  EXPECT_FALSE(core_.is_removed(id_));
  EXPECT_EQ(core_.exported(third).address, (wire::AoeAddress{1, 3}));
}

TEST_F(Reconfigure, NewExportUnderAnOldNumberHasNoLateCopies) {
  const auto old_data = sectors(1, 1);
  send_ata(write(10, 1, old_data), {.tag = 1});
  complete();
  core_.remove_export(id_);
  ASSERT_EQ(core_.add_export(options({1, 2}), now_), id_);
  send_ata(write(10, 1, sectors(1, 2)), {.tag = 2});
  complete();
  EXPECT_TRUE(send_ata(write(10, 1, old_data), {.tag = 1}).empty()) << "a write of this disk's own";
  EXPECT_EQ(core_.counters().late_copies, 0U);
  EXPECT_EQ(started_.size(), 1U);
}

TEST_F(Reconfigure, ResizeForgetsTheWritesOfThatDiskOnly) {
  const ExportId other = core_.add_export(options({1, 3}), now_);
  const auto old_data = sectors(1, 1);
  for (const std::uint8_t slot : {std::uint8_t{2}, std::uint8_t{3}}) {
    send_ata(write(10, 1, old_data), {.address = {1, slot}, .tag = 1});
    complete();
    send_ata(write(10, 1, sectors(1, 2)), {.address = {1, slot}, .tag = 2});
    complete();
  }
  core_.resize(other, Sectors{2000}, outbox_);
  turn();
  EXPECT_EQ(send_ata(write(10, 1, old_data), {.address = {1, 2}, .tag = 1}).size(), 1U) << "late: answered at once";
  EXPECT_TRUE(send_ata(write(10, 1, old_data), {.address = {1, 3}, .tag = 1}).empty());
  EXPECT_EQ(core_.counters().late_copies, 1U);
}

TEST_F(Reconfigure, UpdateChangesWhatIsSeenAndTellsTheStationsOnce) {
  ExportOptions changed = options({1, 2});
  changed.size = Sectors{2000};
  changed.buffer_count = 7;
  changed.identity.read_only = true;
  core_.update_export(id_, changed, outbox_);
  const auto told = turn();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(config_of(told[0]).buffer_count, 7);
  core_.update_export(id_, changed, outbox_);
  EXPECT_TRUE(turn().empty()) << "nothing changed";
  EXPECT_EQ(core_.exported(id_).disk.size, Sectors{2000});
  EXPECT_EQ(ata_of(send_ata(write(0, 1, sectors(1, 1))).at(0)).command_or_status, 0x41);
}

TEST_F(Reconfigure, UpdateLeavesAloneWhatStationsChanged) {
  send_config(ConfigOp::set, "mine");
  edit_mask({{1, kAlice}}, {});
  send_reserve(wire::ReserveOp::set, {kAlice}, {});
  core_.update_export(id_, options({1, 2}), outbox_);
  EXPECT_EQ(core_.state_of(id_), (PersistentState{"mine", {kAlice}, {kAlice}}));
}

TEST_F(Reconfigure, WriteCacheThatAClientSwitchedOffStaysOff) {
  wire::AtaBody cache_off = transfer(0xef, 0, 0);
  cache_off.feature_or_error = 0x82;
  send_ata(cache_off);
  complete();
  ExportOptions changed = options({1, 2});
  changed.buffer_count = 7;
  core_.update_export(id_, changed, outbox_);
  turn();
  EXPECT_FALSE(core_.exported(id_).disk.write_cache_enabled);
  changed.commit = Commit::stable;
  core_.update_export(id_, changed, outbox_);
  changed.commit = Commit::as_device;
  core_.update_export(id_, changed, outbox_);
  turn();
  EXPECT_TRUE(core_.exported(id_).disk.write_cache_enabled) << "a cache that was not there before";
}

TEST_F(Reconfigure, ExportIsServedOnItsPortsOnly) {
  const PortId other = core_.add_port({kOtherMac, 9000});
  ExportOptions there = options({1, 3});
  there.ports = {other};
  const ExportId id = core_.add_export(there, now_);
  EXPECT_TRUE(send_config(ConfigOp::read, "", {.address = {1, 3}}).empty());
  EXPECT_EQ(send_config(ConfigOp::read, "", {.address = wire::kEverybody}).size(), 1U);
  EXPECT_EQ(send_raw(other, query({.destination = kOtherMac, .address = wire::kEverybody})).size(), 2U);
  core_.announce(id, outbox_);
  const auto told = turn();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].header.source, kOtherMac);
  core_.remove_port(other);
  EXPECT_TRUE(send_config(ConfigOp::read, "", {.address = {1, 3}}).empty()) << "now on none, not on all";
}

TEST_F(Reconfigure, RequestsOfARemovedPortEndWithoutAnAnswer) {
  const PortId other = core_.add_port({kOtherMac, 9000});
  const auto data = sectors(1, 1);
  std::array<std::uint8_t, 1000> memory{};
  // Each port brings one copy of two writes.
  send_ata(write(1, 1, data), {.tag = 1});
  send_raw(other, wire::encode(memory, header({.destination = kOtherMac, .tag = 2}, 0), write(1, 1, data)));
  send_raw(other, wire::encode(memory, header({.destination = kOtherMac, .tag = 3}, 0), write(5, 1, data)));
  send_ata(write(5, 1, data), {.tag = 4});
  ASSERT_EQ(started_.size(), 2U);
  core_.remove_port(other);
  const auto first = complete();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].header.tag, 1U);
  const auto second = complete();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].header.tag, 4U);
  EXPECT_TRUE(core_.idle());
  EXPECT_EQ(core_.add_port({kOtherMac, 1500}), other) << "the number is given out again";
  for (std::size_t i = 0; i < core_.outbox_capacity(); ++i) core_.announce_soon(id_);
  // All buffers are back: as many transfers as ever find room.
  for (std::uint32_t tag = 10; tag < 10 + core_.ops_in_flight_max(); ++tag) {
    send_ata(read(static_cast<std::uint8_t>(tag), 1), {.tag = tag});
  }
  EXPECT_EQ(started_.size(), core_.ops_in_flight_max());
}

TEST_F(Reconfigure, EveryExportHearsAQueryThatIsAnsweredWhileExportsComeAndGo) {
  std::vector<ExportId> ids;
  for (std::uint8_t slot = 10; slot < 110; ++slot) ids.push_back(core_.add_export(options({1, slot}), now_));
  std::vector<int> heard(256, 0);
  const auto note = [&](const std::vector<Reply>& replies) {
    for (const Reply& reply : replies) ++heard[reply.header.address.slot];
  };
  note(send_config(ConfigOp::read, "", {.destination = wire::kBroadcastMac, .address = {1, 0xff}}));
  core_.remove_export(ids[3]);    // was asked already
  core_.remove_export(ids[70]);   // not yet
  core_.add_export(options({1, 200}), now_);
  core_.add_export(options({1, 201}), now_);
  core_.add_export(options({1, 202}), now_);
  // It asks again, as stations do, and goes on from there.
  note(send_config(ConfigOp::read, "", {.destination = wire::kBroadcastMac, .address = {1, 0xff}, .tag = 2}));
  core_.add_export(options({1, 203}), now_);
  while (const auto deadline = core_.next_deadline()) {
    now_ = std::max(now_, *deadline);
    core_.on_timer(now_, outbox_);
    note(turn());
  }
  EXPECT_EQ(heard[80], 0) << "removed";
  for (int slot = 10; slot < 110; ++slot) {
    if (slot == 13 || slot == 80) continue;
    EXPECT_GE(heard[static_cast<std::size_t>(slot)], 1) << "slot " << slot;
  }
  EXPECT_GE(heard[2], 1);
}

TEST_F(Reconfigure, OneExportMoreIsAnnouncedAlone) {
  std::vector<ExportId> ids;
  for (std::uint8_t slot = 10; slot < 110; ++slot) ids.push_back(core_.add_export(options({1, slot}), now_));
  core_.remove_export(ids[5]);
  const ExportId id = core_.add_export(options({1, 200}), now_);
  EXPECT_EQ(id, ids[5]);
  core_.announce_soon(id);
  std::vector<Reply> told;
  while (const auto deadline = core_.next_deadline()) {
    now_ = std::max(now_, *deadline);
    core_.on_timer(now_, outbox_);
    for (Reply& reply : turn()) told.push_back(std::move(reply));
  }
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].header.address, (wire::AoeAddress{1, 200}));
}

TEST_F(Reconfigure, NeverMeansThatFlushIsAnsweredAtOnceAndNothingMoreIsPromised) {
  ExportOptions changed = options({1, 2});
  changed.commit = Commit::never;
  core_.update_export(id_, changed, outbox_);
  turn();
  EXPECT_EQ(ata_of(send_ata(transfer(0xea, 0, 0)).at(0)).command_or_status, 0x40);
  EXPECT_EQ(ata_of(send_ata(transfer(0x3d, 0, 1, sectors(1, 1))).at(0)).command_or_status, 0x41) << "FUA";
  wire::AtaBody cache_off = transfer(0xef, 0, 0);
  cache_off.feature_or_error = 0x82;
  EXPECT_EQ(ata_of(send_ata(cache_off).at(0)).command_or_status, 0x41);
  EXPECT_TRUE(started_.empty());
  send_ata(write(0, 1, sectors(1, 1)));
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.durability, block::Durability::cached);
}

TEST_F(Reconfigure, StableMeansThatEveryWriteIs) {
  ExportOptions changed = options({1, 2});
  changed.commit = Commit::stable;
  core_.update_export(id_, changed, outbox_);
  turn();
  send_ata(write(0, 1, sectors(1, 1)));
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.durability, block::Durability::stable);
  wire::AtaBody cache_on = transfer(0xef, 0, 0);
  cache_on.feature_or_error = 0x02;
  EXPECT_EQ(ata_of(send_ata(cache_on).at(0)).command_or_status, 0x41) << "there is none";
}

}  // namespace
}  // namespace aoekit::target
