// Access lists, exclusive exports, second writers and what is counted of clients, through the core.
#include "target/access.h"

#include "target/target_fixture.h"

namespace aoekit::target {
namespace {

using std::chrono::seconds;
using wire::ConfigOp;
using wire::ReserveOp;

constexpr wire::AoeAddress kGuarded{1, 3};
constexpr std::uint8_t kWriteProtected = ata::kErrorWriteProtected | ata::kErrorAbort;

class Access : public TargetFixture {
 protected:
  ExportId add(const AccessPolicy& access, Sharing sharing = Sharing::shared) {
    ExportOptions guarded = options(kGuarded);
    guarded.access = access;
    guarded.sharing = sharing;
    return core_.add_export(guarded, now_);
  }
  static Request from(const wire::MacAddress& station, std::uint32_t tag = 1) {
    return {.source = station, .address = kGuarded, .tag = tag};
  }
  std::vector<Reply> write_from(const wire::MacAddress& station, std::uint8_t lba = 0) {
    return send_ata(write(lba, 1, sectors(1, ++fill_)), from(station, ++tag_));
  }
  // Whether a write is taken on, and carries it out.
  bool may_write(const wire::MacAddress& station, std::uint8_t lba = 0) {
    const auto refusal = write_from(station, lba);
    if (started_.empty()) {
      EXPECT_EQ(refusal.size(), 1U);
      if (refusal.size() == 1) {
        EXPECT_FALSE(refusal[0].header.is_error()) << "Linux would not see it";
        EXPECT_EQ(ata_of(refusal[0]).command_or_status, 0x41);
        EXPECT_EQ(ata_of(refusal[0]).feature_or_error, kWriteProtected);
      }
      return false;
    }
    EXPECT_EQ(ata_of(complete().at(0)).command_or_status, 0x40);
    return true;
  }
  std::vector<TargetEvent> events() {
    std::vector<TargetEvent> events(EventQueue::kCapacity);
    events.resize(core_.take_events(events));
    return events;
  }
  ClientRecord client(ExportId id, const wire::MacAddress& station) {
    for (const ClientRecord& record : core_.clients()) {
      if (record.device == id && record.mac == station) return record;
    }
    ADD_FAILURE() << "no such client";
    return {};
  }

  std::uint8_t fill_ = 0;
  std::uint32_t tag_ = 100;
};

TEST(AccessList, AllowsWhomItNamesAndNotWhomItDenies) {
  const wire::MacAddress carol{{2, 0, 0, 0, 0, 0xc0}};
  EXPECT_TRUE((AccessList{}.permits(kAlice)));
  EXPECT_TRUE((AccessList{{kAlice, kBob}, {}}.permits(kBob)));
  EXPECT_FALSE((AccessList{{kAlice, kBob}, {}}.permits(carol)));
  EXPECT_FALSE((AccessList{{}, {kBob}}.permits(kBob)));
  EXPECT_TRUE((AccessList{{}, {kBob}}.permits(kAlice)));
  EXPECT_FALSE((AccessList{{kAlice, kBob}, {kBob}}.permits(kBob)));
  EXPECT_FALSE((AccessPolicy{{{kAlice}, {}}, {}}.may_write(kBob))) << "who may not read may not write";
}

TEST_F(Access, StationsWithoutItGetSilenceForEverything) {
  const ExportId id = add({.read = {.allow = {kAlice}}});
  EXPECT_TRUE(send_config(ConfigOp::read, "", from(kBob)).empty());
  EXPECT_TRUE(send_ata(transfer(0xec, 0, 1), from(kBob)).empty());
  EXPECT_TRUE(send_ata(read(0, 1), from(kBob)).empty());
  EXPECT_TRUE(send_reserve(ReserveOp::force_set, {kBob}, from(kBob)).empty());
  EXPECT_TRUE(write_from(kBob).empty());
  EXPECT_TRUE(started_.empty());
  EXPECT_EQ(core_.counters().silent_no_access, 5U);
  EXPECT_EQ(core_.statistics(id).refused, 5U);
  EXPECT_TRUE(core_.clients().empty()) << "strangers take no place in the table";
  EXPECT_EQ(send_config(ConfigOp::read, "", from(kAlice)).size(), 1U);
  EXPECT_TRUE(may_write(kAlice));
  const auto everybody = send_config(ConfigOp::read, "", {.source = kBob, .address = wire::kEverybody});
  ASSERT_EQ(everybody.size(), 1U) << "the other export";
  EXPECT_EQ(everybody[0].header.address, (wire::AoeAddress{1, 2}));
}

TEST_F(Access, WithoutWriteAccessTheDiskIsAReadOnlyOne) {
  const ExportId id = add({.write = {.allow = {kAlice}}});
  EXPECT_FALSE(may_write(kBob));
  const std::vector<std::uint8_t> ranges = sectors(1, 0);
  wire::AtaBody trim = transfer(0x06, 0, 1, ranges);
  trim.feature_or_error = 1;
  EXPECT_EQ(ata_of(send_ata(trim, from(kBob)).at(0)).command_or_status, 0x41);
  wire::AtaBody cache_off = transfer(0xef, 0, 0);
  cache_off.feature_or_error = 0x82;
  EXPECT_EQ(ata_of(send_ata(cache_off, from(kBob)).at(0)).command_or_status, 0x41);
  EXPECT_TRUE(started_.empty());
  EXPECT_EQ(core_.counters().write_protected, 3U);
  EXPECT_EQ(core_.statistics(id).refused, 3U);
  EXPECT_EQ(client(id, kBob).statistics.refused, 3U);
  EXPECT_EQ(client(id, kBob).statistics.errors, 3U);
  const auto identify = send_ata(transfer(0xec, 0, 1), from(kBob));
  EXPECT_EQ(ata_of(identify.at(0)).data[2 * 169], 0) << "no TRIM offered";
  send_ata(read(0, 1), from(kBob));
  EXPECT_EQ(complete().size(), 1U);
  EXPECT_TRUE(may_write(kAlice));
}

TEST_F(Access, WithoutWriteAccessTheListsAreNotItsToChange) {
  const ExportId id = add({.write = {.deny = {kBob}}});
  EXPECT_EQ(send_config(ConfigOp::set, "mine", from(kBob)).at(0).header.error, 6);
  EXPECT_EQ(send_config(ConfigOp::force_set, "mine", from(kBob)).at(0).header.error, 6);
  EXPECT_EQ(send_config(ConfigOp::read, "", from(kBob)).at(0).header.error, 0);
  EXPECT_EQ(send_reserve(ReserveOp::set, {kBob}, from(kBob)).at(0).header.error, 6);
  EXPECT_EQ(send_reserve(ReserveOp::force_set, {kBob}, from(kBob)).at(0).header.error, 6);
  EXPECT_EQ(send_reserve(ReserveOp::read, {}, from(kBob)).at(0).header.error, 0);
  const std::array<std::uint8_t, 8> add_bob{0, 1, 2, 0, 0, 0, 0, 0xb0};
  const auto mask = send(from(kBob), wire::MaskBody{1, 0, 1, add_bob}, 2);
  EXPECT_EQ(std::get<wire::MaskBody>(mask.at(0).body).error, 1);
  const Export& exported = core_.exported(id);
  EXPECT_TRUE(exported.config_string.empty() && exported.mask.empty() && exported.reserved_for.empty());
  EXPECT_EQ(send_config(ConfigOp::set, "hers", from(kAlice)).at(0).header.error, 0);
}

TEST_F(Access, AnnouncementsGoToWhomTheListNames) {
  const ExportId some = add({.read = {.allow = {kAlice, kBob}, .deny = {kBob}}});
  core_.announce(some, outbox_);
  const auto frames = turn();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].header.destination, kAlice);
}

TEST_F(Access, ManyAnnouncementsAreSpreadOverTime) {
  AccessPolicy access;
  for (std::uint8_t i = 0; i < 200; ++i) access.read.allow.push_back({{2, 0, 0, 0, 1, i}});
  const ExportId many = add(access);
  core_.announce(many, outbox_);
  EXPECT_TRUE(turn().empty());
  std::size_t announced = 0;
  for (int tick = 0; tick < 500 && core_.next_deadline(); ++tick) {
    now_ += kTickInterval;
    core_.on_timer(now_, outbox_);
    announced += turn().size();
  }
  EXPECT_EQ(announced, 200U);
  EXPECT_EQ(core_.counters().dropped_no_buffer, 0U);
}

TEST_F(Access, OneStationAtATimeWritesAnExclusiveExport) {
  const ExportId id = add({}, Sharing::exclusive);
  EXPECT_TRUE(may_write(kAlice));
  EXPECT_EQ(core_.holder(id, now_), kAlice);
  EXPECT_FALSE(may_write(kBob));
  send_ata(read(0, 1), from(kBob));
  EXPECT_EQ(complete().size(), 1U) << "reading is free";
  EXPECT_TRUE(core_.release_holder(id));
  EXPECT_FALSE(core_.release_holder(id));
  EXPECT_TRUE(may_write(kBob));
  EXPECT_FALSE(may_write(kAlice));
  const auto happened = events();
  ASSERT_EQ(happened.size(), 3U);
  EXPECT_EQ(happened[1].kind, TargetEvent::Kind::holder_released);
  EXPECT_EQ(happened[2].mac, kBob);
}

TEST_F(Access, AHolderLivesByAnythingThatItSends) {
  const ExportId id = add({}, Sharing::exclusive);
  EXPECT_TRUE(may_write(kAlice));
  for (int minute = 0; minute < 10; ++minute) {
    now_ += seconds(60);
    const Request query{.source = kAlice, .destination = wire::kBroadcastMac, .address = wire::kEverybody};
    send_config(ConfigOp::read, "", query);
    EXPECT_FALSE(may_write(kBob));
  }
  now_ += kExclusiveTimeoutDefault;
  EXPECT_EQ(core_.holder(id, now_), std::nullopt);
  EXPECT_TRUE(may_write(kBob));
}

TEST_F(Access, AHolderReleasesWithTheReserveCommand) {
  add({}, Sharing::exclusive);
  EXPECT_TRUE(may_write(kAlice));
  EXPECT_EQ(send_reserve(ReserveOp::set, {}, from(kBob)).at(0).header.error, 6) << "not his to release";
  EXPECT_FALSE(may_write(kBob));
  EXPECT_EQ(send_reserve(ReserveOp::set, {}, from(kAlice)).at(0).header.error, 0);
  EXPECT_TRUE(may_write(kBob));
}

TEST_F(Access, AReservationTakesTheHoldersPlaceAndMayNameSeveralMacs) {
  const ExportId id = add({}, Sharing::exclusive);
  EXPECT_TRUE(may_write(kAlice));
  EXPECT_EQ(send_reserve(ReserveOp::set, {kBob}, from(kBob)).at(0).header.error, 6);
  EXPECT_EQ(send_reserve(ReserveOp::set, {kAlice, kBob}, from(kAlice)).at(0).header.error, 0);
  EXPECT_EQ(core_.holder(id, now_), std::nullopt);
  EXPECT_TRUE(may_write(kAlice));
  EXPECT_TRUE(may_write(kBob));
  EXPECT_EQ(core_.holder(id, now_), std::nullopt);
}

TEST_F(Access, WritesOfAFormerHolderAreDoneBeforeTheNextOnes) {
  const ExportId id = add({}, Sharing::exclusive);
  write_from(kAlice, 5);
  ASSERT_EQ(started_.size(), 1U);
  core_.release_holder(id);
  EXPECT_TRUE(write_from(kBob, 9).empty()) << "he sends it again";
  EXPECT_EQ(started_.size(), 1U);
  EXPECT_EQ(core_.counters().dropped_fence, 1U);
  EXPECT_EQ(core_.statistics(id).dropped, 1U);
  EXPECT_EQ(core_.holder(id, now_), std::nullopt);
  complete();
  EXPECT_TRUE(may_write(kBob, 9));
}

TEST_F(Access, ASecondWriterOfAnExportThatIsNotSharedIsReported) {
  const ExportId id = add({}, Sharing::single);
  EXPECT_TRUE(may_write(kAlice));
  EXPECT_TRUE(may_write(kBob));
  const auto happened = events();
  ASSERT_EQ(happened.size(), 1U);
  EXPECT_EQ(happened[0].kind, TargetEvent::Kind::second_writer);
  EXPECT_EQ(happened[0].device, id);
  EXPECT_EQ(happened[0].mac, kBob);
  EXPECT_EQ(happened[0].other, kAlice);
}

TEST_F(Access, ClientsAreCountedFromArrivalToAnswer) {
  const ExportId id = add({});
  const auto data = sectors(2, 7);
  send_ata(read(0, 4), from(kAlice, 1));
  send_ata(write(9, 2, data), from(kAlice, 2));
  send_ata(write(9, 2, data), from(kAlice, 2));
  EXPECT_EQ(client(id, kAlice).in_flight, 2U);
  now_ += std::chrono::microseconds(100);
  complete();
  complete(block::BlockStatus::medium_error);
  send_ata(transfer(0xec, 0, 1), from(kAlice, 3));
  send_config(ConfigOp::read, "", from(kAlice));
  send_config(ConfigOp::read, "", from(kBob));
  const ClientRecord alice = client(id, kAlice);
  EXPECT_EQ(alice.in_flight, 0U);
  EXPECT_EQ(alice.statistics.reads, 1U);
  EXPECT_EQ(alice.statistics.read_bytes, 2048U);
  EXPECT_EQ(alice.statistics.read_latency.quantile(1), std::chrono::microseconds(128));
  EXPECT_EQ(alice.statistics.writes, 1U);
  EXPECT_EQ(alice.statistics.written_bytes, 0U);
  EXPECT_EQ(alice.statistics.errors, 1U);
  EXPECT_EQ(alice.statistics.retransmissions, 1U);
  EXPECT_EQ(alice.statistics.others, 2U);
  EXPECT_EQ(core_.statistics(id).others, 3U);
  EXPECT_EQ(core_.statistics(id).reads, 1U);
  EXPECT_EQ(core_.exported(id).last_used, Instant{});
  EXPECT_EQ(core_.clients().size(), 1U) << "who only asks who is there is no client";
}

}  // namespace
}  // namespace aoekit::target
