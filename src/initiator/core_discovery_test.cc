// How disks are found, recognised, lost and found again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "initiator/core.h"
#include "initiator/core_fixture.h"

namespace aoekit::initiator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

constexpr wire::MacAddress kOtherMac{{2, 0, 0, 0, 0, 0x0c}};

class DiscoveryTest : public CoreFixture {
 protected:
  static InitiatorOptions options() {
    InitiatorOptions options;
    options.limits = {.requests = 8, .frames = 32, .sectors_per_frame_max = 17, .devices = 300};
    options.dead_after = seconds(20);
    return options;
  }
  void start_empty() {
    core_.emplace(options(), now_);
    outbox_.emplace(core_->outbox_capacity());
    port_ = core_->add_port({.mac = kOurMac}, now_, *outbox_);
  }
  // Answers every IDENTIFY among `frames`.
  void answer_identify(const std::vector<Frame>& frames, const ata::Disk& disk, wire::MacAddress mac = kTargetMac) {
    for (const Frame& frame : frames) {
      if (is_identify(frame)) deliver(identify_answer(frame, disk, mac));
    }
  }
};

TEST_F(DiscoveryTest, AsksEverybodyAtOnceAgainSoonAndThenEveryMinute) {
  start_empty();
  std::vector<Instant> asked;
  for (int i = 0; i < 6; ++i) {
    for (const Frame& frame : sent()) {
      const auto header = wire::decode_header(frame).value();
      EXPECT_EQ(header.destination, wire::kBroadcastMac);
      EXPECT_EQ(header.address, wire::kEverybody);
      EXPECT_NE(header.tag & kTagUserSpace, 0U);
      EXPECT_TRUE(is_config(frame));
      EXPECT_EQ(frame.size(), wire::kMinFrameBytes);
      asked.push_back(now_);
    }
    now_ = core_->next_deadline().value();
    core_->on_timer(now_, *outbox_);
  }
  const Instant start{};
  EXPECT_THAT(asked, ElementsAre(start, start + seconds(1), start + seconds(2), start + seconds(62),
                                 start + seconds(122), start + seconds(182)));
}

TEST_F(DiscoveryTest, AnAnnouncementIsFollowedByIdentifyAndThenTheDiskIsUp) {
  start_empty();
  static_cast<void>(sent());
  deliver(config_response({.sectors = 17}));
  const auto found = core_->find(kAddress);
  ASSERT_TRUE(found.has_value());
  device_ = *found;
  EXPECT_EQ(status().state, DeviceState::found);
  EXPECT_EQ(try_submit({}).error().os_error, EIO);
  const auto frames = sent();
  ASSERT_EQ(frames.size(), 1U);
  answer_identify(frames, disk_of(5000));
  EXPECT_EQ(status().state, DeviceState::up);
  EXPECT_EQ(status().size, Sectors{5000});
  EXPECT_EQ(status().page.serial, "serial-1");
  EXPECT_EQ(status().config_firmware, 0x4019);
  EXPECT_TRUE(status().can_flush);
  EXPECT_TRUE(status().can_trim);
  EXPECT_EQ(path().state, PathState::up);
  EXPECT_EQ(path().sectors_per_frame, 2U) << "our own MTU is 1500";
  EXPECT_THAT(event_kinds(), ElementsAre(DeviceEventKind::appeared));
}

TEST_F(DiscoveryTest, ResponsesThatCannotBeTargetsAreRefused) {
  start_empty();
  for (const wire::AoeAddress address : {wire::AoeAddress{0xffff, 0}, wire::AoeAddress{1, 0xff},
                                         wire::AoeAddress{0x0fff, 1}}) {
    deliver(config_response({.address = address}));
  }
  deliver(config_response({.mac = wire::kBroadcastMac}));
  Frame error = config_response({});
  error[14] |= wire::kFlagError;
  deliver(error);
  EXPECT_EQ(core_->counters().config_refused, 5U);
  EXPECT_EQ(core_->device_count(), 0U);
  Frame cut = config_response({});
  cut.resize(30);
  deliver(cut);
  EXPECT_EQ(core_->counters().malformed, 1U);
}

TEST_F(DiscoveryTest, ALostIdentifyIsAskedAgain) {
  start_empty();
  deliver(config_response({}));
  device_ = *core_->find(kAddress);
  static_cast<void>(sent());
  pass(milliseconds(250));
  answer_identify(sent(), disk_of(5));
  EXPECT_EQ(status().state, DeviceState::up);
}

TEST_F(DiscoveryTest, AnnouncementsDoNotMakeUsAskMoreThanOnceASecond) {
  start(options(), {});
  int asked = 0;
  const Instant end = now_ + seconds(10);
  for (; now_ < end; pass(milliseconds(10))) {
    deliver(config_response({}));
    for (const Frame& frame : sent()) {
      if (!is_identify(frame)) continue;
      ++asked;
      deliver(identify_answer(frame, disk_of(1000)));
    }
  }
  EXPECT_GE(asked, 9);
  EXPECT_LE(asked, 11);
}

TEST_F(DiscoveryTest, AResizeIsNoticedWhileTheDiskIsOpen) {
  start(options(), {});
  pass(seconds(2));
  static_cast<void>(sent());
  deliver(config_response({}));
  answer_identify(sent(), disk_of(2000));
  EXPECT_EQ(core_->device_size(device_), Sectors{2000});
  EXPECT_THAT(event_kinds(), ElementsAre(DeviceEventKind::resized));
  submit(block::OpKind::read, 1999, 1);
}

TEST_F(DiscoveryTest, AnotherDiskUnderAnotherMacIsNeverUsed) {
  start(options(), {.buffers = 64});
  find_disk({.mac = kOtherMac, .buffers = 64}, disk_of(1000, "serial-2"), port_);
  ASSERT_EQ(status().path_count, 2U);
  EXPECT_EQ(path(1).state, PathState::refused);
  EXPECT_THAT(event_kinds(), ElementsAre(DeviceEventKind::conflict));
  submit(block::OpKind::read, 0, 100);
  for (const Frame& frame : sent_ata()) EXPECT_EQ(take_apart(frame).header.destination, kTargetMac);
  EXPECT_EQ(status().page.serial, "serial-1");
}

TEST_F(DiscoveryTest, ADiskThatWasSwappedUnderAnOpenOneFailsItsRequestsUntilItIsBack) {
  start(options(), {});
  submit(block::OpKind::read, 0, 2);
  pass(seconds(2));
  static_cast<void>(sent());
  deliver(config_response({}));
  answer_identify(sent(), disk_of(1000, "serial-2"));
  EXPECT_EQ(status().state, DeviceState::replaced);
  const Completion failed = only_completion();
  EXPECT_EQ(failed.outcome, Outcome::replaced);
  EXPECT_EQ(explain(failed), "reading sectors 0-1: another disk answers to this address now");
  EXPECT_EQ(try_submit({}).error().message, "e7.3: another disk answers to this address now");
  EXPECT_THAT(event_kinds(), ElementsAre(DeviceEventKind::conflict, DeviceEventKind::replaced));
  // The old disk comes back.
  pass(seconds(2));
  static_cast<void>(sent());
  deliver(config_response({}));
  answer_identify(sent(), disk_of(1000));
  EXPECT_EQ(status().state, DeviceState::up);
  EXPECT_THAT(event_kinds(), Contains(DeviceEventKind::up));
  submit(block::OpKind::read, 0, 2);
}

TEST_F(DiscoveryTest, WhenNobodyHasItOpenTheNewDiskTakesOver) {
  start(options(), {});
  pass(seconds(2));
  static_cast<void>(sent());
  deliver(config_response({}));
  answer_identify(sent(), disk_of(7000, "serial-2"));
  ASSERT_EQ(status().state, DeviceState::replaced);
  static_cast<void>(events());
  core_->close(device_);
  pass(Duration{0});
  answer_identify(sent(), disk_of(7000, "serial-2"));
  EXPECT_EQ(status().state, DeviceState::up);
  EXPECT_EQ(status().size, Sectors{7000});
  EXPECT_EQ(status().page.serial, "serial-2");
  EXPECT_THAT(event_kinds(), ElementsAre(DeviceEventKind::appeared));
}

TEST_F(DiscoveryTest, ASilentDiskIsAskedForAndComesBackByItself) {
  start(options(), {});
  submit(block::OpKind::write, 0, 2);
  pass_until(now_ + seconds(3));
  EXPECT_EQ(status().state, DeviceState::silent);
  EXPECT_EQ(path().state, PathState::suspect);
  pass_until(now_ + seconds(5));
  EXPECT_EQ(path().state, PathState::down);
  EXPECT_THAT(event_kinds(), ElementsAre(DeviceEventKind::path_lost));
  static_cast<void>(sent());
  // Every second, everybody is asked for that address: it may have moved to another station.
  pass(seconds(1));
  bool asked = false;
  for (const Frame& frame : sent()) {
    const auto header = wire::decode_header(frame).value();
    asked = asked || (header.destination == wire::kBroadcastMac && header.address == kAddress);
  }
  EXPECT_TRUE(asked);
  pass_until(now_ + seconds(20));
  EXPECT_EQ(status().state, DeviceState::down);
  EXPECT_EQ(only_completion().outcome, Outcome::no_answer);
  const auto refused = try_submit({});
  EXPECT_EQ(refused.error().os_error, EIO);
  EXPECT_EQ(refused.error().message, "e7.3: the disk is down: it has stopped answering");
  static_cast<void>(events());
  // From another station, even.
  find_disk({.mac = kOtherMac}, disk_of(1000), port_);
  EXPECT_EQ(status().state, DeviceState::up);
  EXPECT_THAT(event_kinds(), ElementsAre(DeviceEventKind::up));
  submit(block::OpKind::read, 0, 1);
  const auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(take_apart(frames[0]).header.destination, kOtherMac);
}

TEST_F(DiscoveryTest, WithoutDeadAfterRequestsWaitForEverAndGoOnAtOnce) {
  InitiatorOptions patient = options();
  patient.dead_after.reset();
  start(patient, {});
  submit(block::OpKind::write, 0, 2);
  pass_until(now_ + std::chrono::hours(3));
  static_cast<void>(sent());
  EXPECT_EQ(status().state, DeviceState::silent);
  EXPECT_TRUE(done().empty());
  deliver(config_response({}));
  for (const Frame& frame : sent()) {
    if (is_identify(frame)) deliver(identify_answer(frame, disk_of(1000)));
  }
  const auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 1U);
  deliver(answer_to(frames[0]));
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
}

TEST_F(DiscoveryTest, AClosedDiskThatMissesDiscoveryIsProbedAndGoesDown) {
  start(options(), {});
  core_->close(device_);
  pass_until(now_ + seconds(70));
  EXPECT_EQ(path().state, PathState::down);
  EXPECT_EQ(status().state, DeviceState::down);
  EXPECT_TRUE(core_->forget(device_));
  EXPECT_EQ(core_->find(kAddress), std::nullopt);
  EXPECT_EQ(core_->device_count(), 0U);
  static_cast<void>(events());
  static_cast<void>(sent());
  EXPECT_EQ(find_disk({}, disk_of(10, "serial-9"), port_), device_) << "the same number for the same address";
  EXPECT_EQ(status().page.serial, "serial-9");
  EXPECT_THAT(event_kinds(), ElementsAre(DeviceEventKind::appeared));
}

TEST_F(DiscoveryTest, OpenOrBusyDisksAreNotForgotten) {
  start(options(), {});
  EXPECT_FALSE(core_->forget(device_));
  submit(block::OpKind::read, 0, 1);
  core_->close(device_);
  EXPECT_FALSE(core_->forget(device_));
  deliver(answer_to(sent_ata()[0]));
  EXPECT_TRUE(core_->forget(device_));
}

TEST_F(DiscoveryTest, ManyDisksAreIdentifiedAFewAtATime) {
  start_empty();
  static_cast<void>(sent());
  constexpr std::uint16_t kDisks = 300;
  for (std::uint16_t shelf = 0; shelf < kDisks; ++shelf) deliver(config_response({.address = {shelf, 1}}));
  deliver(config_response({.address = {kDisks, 1}}));
  EXPECT_EQ(core_->counters().config_refused, 1U) << "limits.devices";
  std::size_t answered = 0;
  for (int turn = 0; turn < 100 && answered < kDisks; ++turn) {
    const auto frames = sent();
    EXPECT_LE(frames.size(), kQuestionsMax);
    answered += frames.size();
    answer_identify(frames, disk_of(10));
  }
  const auto all = core_->devices();
  ASSERT_EQ(all.size(), kDisks);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(core_->device_status(all[i]).state, DeviceState::up);
    EXPECT_EQ(core_->device_status(all[i]).address.shelf, i);
  }
}

TEST_F(DiscoveryTest, APageThatClaimsMoreThanCommandsReachIsCut) {
  start_empty();
  static_cast<void>(sent());
  deliver(config_response({}));
  device_ = *core_->find(kAddress);
  answer_identify(sent(), disk_of(std::uint64_t{1} << 60));
  EXPECT_EQ(status().size, Sectors{std::uint64_t{1} << 48});
  submit(block::OpKind::read, (std::uint64_t{1} << 48) - 1, 1);
}

TEST_F(DiscoveryTest, LostEventsAreToldAsSuch) {
  start(options(), {});
  for (std::size_t i = 0; i < kEventsMax + 10; ++i) {
    pass(seconds(1));
    deliver(config_response({}));
    answer_identify(sent(), disk_of(1000 + i % 2));
  }
  const auto kinds = event_kinds();
  ASSERT_EQ(kinds.size(), kEventsMax);
  EXPECT_EQ(kinds.back(), DeviceEventKind::overflow);
  EXPECT_THAT(event_kinds(), Not(Contains(DeviceEventKind::overflow)));
}

}  // namespace
}  // namespace aoekit::initiator
