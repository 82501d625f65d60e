// Several ways to one disk: which one a frame takes, and what happens when one fails and comes back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "initiator/core.h"
#include "initiator/core_fixture.h"

namespace aoekit::initiator {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;

constexpr wire::MacAddress kSecondOwnMac{{2, 0, 0, 0, 0, 0x1a}};
constexpr wire::MacAddress kSecondMac{{2, 0, 0, 0, 0, 0x1b}};

// Two ports. The disk is found by the first; second_path() adds another way.
class PathsTest : public CoreFixture {
 protected:
  PathsTest() { begin(8, 2); }

  static InitiatorOptions options() {
    InitiatorOptions options;
    options.limits = {.requests = 64, .frames = 128, .sectors_per_frame_max = 17};
    options.discovery.interval = std::chrono::hours(1);
    return options;
  }
  void begin(std::uint16_t buffers, std::uint8_t sectors) {
    start(options(), {.buffers = buffers, .sectors = sectors}, disk_of(100'000));
    second_port_ = core_->add_port({.mac = kSecondOwnMac, .mtu_bytes = 9000}, now_, *outbox_);
    static_cast<void>(sent());
  }
  void second_path(const Announcement& found) {
    find_disk(found, disk_of(100'000), second_port_);
    ASSERT_EQ(status().path_count, 2U);
    ASSERT_EQ(path(1).state, PathState::up);
    settle_both(found);
    static_cast<void>(events());
  }
  // Until the broadcasts after add_port() are over.
  void settle_both(const Announcement& second) {
    for (int i = 0; i < 4; ++i) {
      pass(seconds(1));
      static_cast<void>(sent());
      find_disk({.buffers = path(0).buffer_count, .sectors = first_sectors_}, disk_of(100'000), port_);
      find_disk(second, disk_of(100'000), second_port_);
    }
    static_cast<void>(sent());
  }
  void answer(const Frame& frame) { deliver_by(port_of(frame), reply_to(frame)); }
  PortId port_of(const Frame& frame) const {
    return wire::decode_header(frame)->source == kSecondOwnMac ? second_port_ : port_;
  }
  static Frame reply_to(const Frame& frame) {
    return answer_to(frame, {.source = wire::decode_header(frame)->destination});
  }
  // Everything is answered until nothing is sent any more; returns the frames by (own MAC, target MAC).
  std::map<std::pair<wire::MacAddress, wire::MacAddress>, int> answer_all() {
    std::map<std::pair<wire::MacAddress, wire::MacAddress>, int> count;
    for (auto frames = sent_ata(); !frames.empty(); frames = sent_ata()) {
      now_ += microseconds(100);
      for (const Frame& frame : frames) {
        const auto header = wire::decode_header(frame).value();
        ++count[{header.source, header.destination}];
        answer(frame);
      }
    }
    return count;
  }

  PortId second_port_;
  std::uint8_t first_sectors_ = 2;
};

TEST_F(PathsTest, UnderLoadBothPathsCarryTraffic) {
  second_path({.mac = kSecondMac});
  for (std::uint64_t i = 0; i < 20; ++i) submit(block::OpKind::read, i * 16, 16);
  const auto count = answer_all();
  EXPECT_EQ(done().size(), 20U);
  const int first = count.at({kOurMac, kTargetMac});
  const int second = count.at({kSecondOwnMac, kSecondMac});
  EXPECT_EQ(first + second, 160);
  EXPECT_GT(first, 40);
  EXPECT_GT(second, 40);
}

TEST_F(PathsTest, TwoPortsToOneMacShareItsBuffers) {
  second_path({.buffers = 8});  // the same MAC, by the other port
  for (std::uint64_t i = 0; i < 20; ++i) submit(block::OpKind::read, i * 16, 16);
  std::vector<Frame> outstanding = sent_ata();
  std::size_t highest = 0;
  bool used[2] = {};
  while (!outstanding.empty()) {
    highest = std::max(highest, outstanding.size());
    ASSERT_LE(outstanding.size(), 8U);
    EXPECT_EQ(path(0).in_flight + path(1).in_flight, outstanding.size());
    const Frame frame = outstanding.front();
    outstanding.erase(outstanding.begin());
    used[port_of(frame) == second_port_ ? 1 : 0] = true;
    now_ += microseconds(50);
    answer(frame);
    for (Frame& next : sent_ata()) outstanding.push_back(std::move(next));
  }
  EXPECT_EQ(done().size(), 20U);
  EXPECT_EQ(highest, 8U);
  EXPECT_TRUE(used[0] && used[1]);
}

TEST_F(PathsTest, AChangedBufferCountIsFollowed) {
  deliver(config_response({.buffers = 2}));
  for (std::uint64_t i = 0; i < 4; ++i) submit(block::OpKind::read, i * 16, 16);
  EXPECT_EQ(sent_ata().size(), 2U);
  EXPECT_EQ(path().buffer_count, 2U);
}

TEST_F(PathsTest, ALostFrameGoesByTheOtherPathWithTheSameTag) {
  second_path({.mac = kSecondMac});
  submit(block::OpKind::read, 0, 2);
  const auto first = sent_ata();
  ASSERT_EQ(first.size(), 1U);
  pass(milliseconds(20));
  const auto second = sent_ata();
  ASSERT_EQ(second.size(), 1U);
  const auto before = wire::decode_header(first[0]).value(), after = wire::decode_header(second[0]).value();
  EXPECT_EQ(before.tag, after.tag);
  EXPECT_NE(before.destination, after.destination);
  EXPECT_NE(before.source, after.source);
  // The first copy's answer is as good as the second's.
  answer(first[0]);
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
  answer(second[0]);
  EXPECT_EQ(core_->counters().unknown_tag, 1U);
}

TEST_F(PathsTest, AnswersFromAPathWhereItWasNotSentAreNotBelieved) {
  second_path({.mac = kSecondMac});
  submit(block::OpKind::read, 0, 2);
  const auto frames = sent_ata();
  const bool by_first = port_of(frames[0]) == port_;
  deliver_by(by_first ? second_port_ : port_,
             answer_to(frames[0], {.source = by_first ? kSecondMac : kTargetMac}));
  EXPECT_EQ(core_->counters().wrong_sender, 1U);
  EXPECT_TRUE(done().empty());
}

TEST_F(PathsTest, ACutLinkCostsLittleAndTheLinkIsUsedAgainWhenItIsBack) {
  second_path({.mac = kSecondMac});
  const Instant cut_at = now_;
  std::uint64_t next = 0;
  // The first port's frames vanish without a word.
  while (now_ - cut_at < seconds(8)) {
    while (core_->room() > 32) submit(block::OpKind::read, next++ * 2 % 90'000, 2);
    for (const Frame& frame : sent()) {
      if (port_of(frame) == port_) continue;
      if (is_config(frame)) deliver_by(second_port_, config_response({.mac = kSecondMac}));
      if (is_ata(frame)) answer(frame);
    }
    for (const Completion& completion : done()) ASSERT_EQ(completion.outcome, Outcome::ok);
    pass(microseconds(500));
    ASSERT_TRUE(path(1).state == PathState::up);
    if (now_ - cut_at > milliseconds(200)) {
      ASSERT_EQ(path(0).in_flight, 0U) << "nothing is sent there any more";
    }
  }
  EXPECT_GT(next, 4000U) << "requests went on";
  EXPECT_EQ(path(0).state, PathState::down);
  EXPECT_THAT(event_kinds(), ElementsAre(DeviceEventKind::path_lost));
  // The link is back: the next probe finds out.
  bool first_used = false;
  const Instant back_at = now_;
  while (now_ - back_at < seconds(3)) {
    while (core_->room() > 32) submit(block::OpKind::read, next++ * 2 % 90'000, 2);
    for (const Frame& frame : sent()) {
      const wire::MacAddress mac = wire::decode_header(frame)->destination;
      if (is_config(frame)) deliver_by(port_of(frame), config_response({.mac = mac}));
      if (is_identify(frame)) deliver_by(port_of(frame), identify_answer(frame, disk_of(100'000), mac));
      if (is_ata(frame)) answer(frame);
      first_used = first_used || (is_ata(frame) && port_of(frame) == port_);
    }
    static_cast<void>(done());
    pass(microseconds(500));
  }
  EXPECT_TRUE(first_used);
  EXPECT_EQ(path(0).state, PathState::up);
  EXPECT_THAT(event_kinds(), ElementsAre(DeviceEventKind::path_up));
}

TEST_F(PathsTest, AFlushDoesNotHideADeadPathForLong) {
  second_path({.mac = kSecondMac});
  submit(block::OpKind::flush, 0, 0);
  const auto first = sent_ata();
  ASSERT_EQ(first.size(), 1U);
  const PortId dead = port_of(first[0]);
  const Instant start_at = now_;
  std::vector<Frame> copy;
  while (copy.empty() && now_ - start_at < seconds(3)) {
    pass_until(core_->next_deadline().value());
    copy = sent_ata();  // the probes get no answer
  }
  ASSERT_EQ(copy.size(), 1U);
  EXPECT_NE(port_of(copy[0]), dead);
  EXPECT_LT(now_ - start_at, milliseconds(200));
}

TEST_F(PathsTest, AFlushOnALivePathMayTakeItsTime) {
  second_path({.mac = kSecondMac});
  submit(block::OpKind::flush, 0, 0);
  const auto first = sent_ata();
  const Instant start_at = now_;
  while (now_ - start_at < milliseconds(1900)) {
    const Instant next = std::min(core_->next_deadline().value(), start_at + milliseconds(1900));
    pass_until(next);
    const auto frames = sent();
    now_ += microseconds(50);
    for (const Frame& frame : frames) {
      ASSERT_FALSE(is_ata(frame)) << "sent again though the path answers";
      const wire::MacAddress mac = wire::decode_header(frame)->destination;
      if (is_config(frame)) deliver_by(port_of(frame), config_response({.mac = mac}));
    }
  }
  answer(first[0]);
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
}

TEST_F(PathsTest, APortThatGoesDownGivesItsFramesToTheOthersAtOnce) {
  second_path({.mac = kSecondMac, .buffers = 16});
  submit(block::OpKind::write, 0, 12);
  static_cast<void>(sent());
  ASSERT_GT(path(0).in_flight, 0U);
  core_->update_port(port_, {.mac = kOurMac, .mtu_bytes = 9000, .up = false}, now_, *outbox_);
  EXPECT_EQ(path(0).state, PathState::down);
  EXPECT_EQ(path(0).in_flight, 0U);
  const auto moved = sent_ata();
  EXPECT_GT(moved.size(), 0U);
  for (const Frame& frame : moved) EXPECT_EQ(port_of(frame), second_port_);
  // Up again: the paths are asked who is there before they are used.
  core_->update_port(port_, {.mac = kOurMac, .mtu_bytes = 9000, .up = true}, now_, *outbox_);
  pass(Duration{0});
  bool asked = false;
  for (const Frame& frame : sent()) {
    if (!is_identify(frame) || port_of(frame) != port_) continue;
    asked = true;
    EXPECT_EQ(path(0).state, PathState::down);
    deliver(identify_answer(frame, disk_of(100'000)));
  }
  EXPECT_TRUE(asked);
  EXPECT_EQ(path(0).state, PathState::up);
}

TEST_F(PathsTest, FramesAreCutAgainForAPathThatCarriesLess) {
  begin(8, 17);
  first_sectors_ = 17;
  submit(block::OpKind::write, 100, 17);
  submit(block::OpKind::read, 200, 17);
  const auto large = sent_ata();
  ASSERT_EQ(large.size(), 2U);
  EXPECT_EQ(take_apart(large[1]).body.count, 17);
  find_disk({.mac = kSecondMac, .buffers = 16, .sectors = 2}, disk_of(100'000), second_port_);
  core_->update_port(port_, {.mac = kOurMac, .mtu_bytes = 9000, .up = false}, now_, *outbox_);
  std::vector<std::uint8_t> written(17 * kSectorBytes);
  std::size_t small = 0;
  for (auto frames = sent_ata(); !frames.empty(); frames = sent_ata()) {
    for (const Frame& frame : frames) {
      const SeenRequest seen = take_apart(frame);
      ++small;
      EXPECT_LE(seen.body.count, 2);
      EXPECT_NE(seen.header.tag, wire::decode_header(large[0])->tag);
      EXPECT_NE(seen.header.tag, wire::decode_header(large[1])->tag);
      if (seen.body.is_write()) {
        std::copy(seen.body.data.begin(), seen.body.data.end(),
                  written.begin() + static_cast<std::ptrdiff_t>((seen.lba - 100) * kSectorBytes));
      }
      // Late answers to the large frames mean nothing any more.
      if (small == 5) {
        deliver(answer_to(large[0]));
        deliver(answer_to(large[1]));
      }
      answer(frame);
    }
  }
  EXPECT_EQ(small, 18U);
  EXPECT_EQ(only_completion().cookie, 200U);  // the read; the large write may still arrive
  pass(seconds(1));
  EXPECT_EQ(only_completion().cookie, 100U);
  EXPECT_EQ(written, memory_[0]);
  for (std::size_t i = 0; i < 17; ++i) ASSERT_EQ(memory_[1][i * kSectorBytes], content_of(200 + i));
}

// Found by the simulator, seed 39940: the large frame was held up, and undid what another machine wrote after the end
// of the write. Until it cannot arrive any more there is no end, and what overlaps waits.
TEST_F(PathsTest, AWriteThatWasCutAnewIsNotDoneBeforeItsOldFrameHasDiedOut) {
  begin(8, 17);
  first_sectors_ = 17;
  submit(block::OpKind::write, 100, 4);
  ASSERT_EQ(sent_ata().size(), 1U);
  find_disk({.mac = kSecondMac, .buffers = 16, .sectors = 2}, disk_of(100'000), second_port_);
  core_->update_port(port_, {.mac = kOurMac, .mtu_bytes = 9000, .up = false}, now_, *outbox_);
  answer_all();
  const Instant answered_at = now_;
  submit(block::OpKind::write, 103, 1);
  submit(block::OpKind::write, 104, 1);
  answer_all();
  EXPECT_EQ(only_completion().cookie, 104U);
  pass_until(answered_at + milliseconds(999));
  EXPECT_TRUE(done().empty());
  EXPECT_TRUE(sent_ata().empty());
  pass_until(answered_at + seconds(1));
  EXPECT_EQ(only_completion().cookie, 100U);
  answer_all();
  EXPECT_EQ(only_completion().cookie, 103U);
  EXPECT_EQ(core_->counters().settled, 1U);
  EXPECT_EQ(core_->counters().quarantined, 0U);
}

TEST_F(PathsTest, AFailureEndsAWriteThatWaitsForItsOldFrames) {
  InitiatorOptions patient = options();
  patient.retransmit.copy_lifetime_one_path = seconds(2);
  start(patient, {.sectors = 17}, disk_of(100'000));
  submit(block::OpKind::write, 100, 4);
  ASSERT_EQ(sent_ata().size(), 1U);
  core_->update_port(port_, {.mac = kOurMac, .mtu_bytes = 1500}, now_, *outbox_);
  pass(milliseconds(20));
  answer_all();
  deliver(config_response({.sectors = 17}));
  pass_until(now_ + seconds(1));
  EXPECT_TRUE(done().empty());
  for (const Frame& frame : sent()) {
    if (is_identify(frame)) deliver(identify_answer(frame, disk_of(100'000, "another")));
  }
  EXPECT_EQ(only_completion().outcome, Outcome::replaced);
  pass_until(now_ + seconds(3));
  EXPECT_TRUE(done().empty());
}

TEST_F(PathsTest, AWriteIsSentAgainAsItIsWhereAPathCarriesIt) {
  begin(4, 17);
  first_sectors_ = 17;
  second_path({.mac = kSecondMac, .sectors = 2});
  submit(block::OpKind::write, 100, 17);
  submit(block::OpKind::write, 200, 17);
  const auto large = sent_ata();
  ASSERT_EQ(large.size(), 2U);
  now_ += milliseconds(1);
  deliver(config_response({.buffers = 4, .sectors = 17}));  // the path is alive: two frames were lost
  pass(milliseconds(19));
  // After a loss the window has room for one; the other one waits for it, and holds up nobody.
  const auto copy = sent_ata();
  ASSERT_EQ(copy.size(), 1U);
  EXPECT_EQ(copy[0], large[0]);
  submit(block::OpKind::read, 300, 2);
  const auto small = sent_ata();
  ASSERT_EQ(small.size(), 1U);
  EXPECT_EQ(take_apart(small[0]).lba, 300U);
  answer(copy[0]);
  const auto next = sent_ata();
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0], large[1]);
  answer(next[0]);
  EXPECT_EQ(done().size(), 2U);
  EXPECT_EQ(core_->counters().settled, 0U);
}

// Found by the simulator, seed 78501: when a path that had been silent was heard again, its frames were taken off it,
// and others took the target's buffers in which they might be.
TEST_F(PathsTest, BuffersAreNotFilledTwiceWhenASilentPathComesBack) {
  begin(2, 2);
  second_path({.mac = kSecondMac, .buffers = 4});
  submit(block::OpKind::read, 0, 32);
  answer_all();
  ASSERT_EQ(done().size(), 1U);
  submit(block::OpKind::read, 0, 16);
  ASSERT_EQ(sent_ata().size(), 6U);
  // Both are silent, until the first target comes back a moment after a frame was sent to it.
  const Instant silent_at = now_;
  const auto is_to_first = [](const Frame& frame) { return take_apart(frame).header.destination == kTargetMac; };
  std::vector<Frame> fresh;
  while (now_ < silent_at + seconds(2) || fresh.empty()) {
    ASSERT_LT(now_, silent_at + seconds(5));
    pass_until(core_->next_deadline().value());
    fresh = sent_ata();
    std::erase_if(fresh, [&](const Frame& frame) { return !is_to_first(frame); });
  }
  ASSERT_EQ(fresh.size(), 1U);
  now_ += milliseconds(5);
  find_disk({.buffers = 2}, disk_of(100'000), port_);
  std::map<std::uint32_t, bool> outstanding;  // there, by tag
  outstanding[wire::decode_header(fresh[0])->tag] = true;
  for (int turn = 0; turn < 4; ++turn) {
    const auto frames = sent_ata();
    ASSERT_FALSE(frames.empty());
    for (const Frame& frame : frames) {
      const auto tag = wire::decode_header(frame)->tag;
      outstanding.erase(tag);
      if (is_to_first(frame)) outstanding[tag] = true;
    }
    EXPECT_LE(outstanding.size(), 2U) << "in turn " << turn;
    now_ += microseconds(100);
    outstanding.erase(wire::decode_header(frames[0])->tag);
    answer(frames[0]);
  }
}

TEST_F(PathsTest, APathThatLosesLargeFramesOnlyGetsSmallOnes) {
  begin(8, 17);
  submit(block::OpKind::read, 0, 17);
  const Instant start_at = now_;
  std::vector<Completion> completions;
  while (completions.empty() && now_ - start_at < seconds(10)) {
    const auto frames = sent();
    now_ += microseconds(100);
    for (const Frame& frame : frames) {
      if (is_config(frame)) deliver(config_response({.sectors = 17}));
      if (is_identify(frame)) deliver(identify_answer(frame, disk_of(100'000)));
      if (is_ata(frame) && take_apart(frame).body.count <= 2) answer(frame);
    }
    completions = done();
    if (!completions.empty()) break;
    now_ = std::max(now_, core_->next_deadline().value());
    core_->on_timer(now_, *outbox_);
  }
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(completions[0].outcome, Outcome::ok);
  EXPECT_LT(now_ - start_at, seconds(2));
  EXPECT_EQ(path().sectors_per_frame, 2U);
  EXPECT_THAT(event_kinds(), Contains(DeviceEventKind::path_small));
  for (std::size_t i = 0; i < 17; ++i) ASSERT_EQ(memory_[0][i * kSectorBytes], content_of(i));
}

TEST_F(PathsTest, AnotherMtuMakesFramesOfAnotherSize) {
  begin(8, 17);
  EXPECT_EQ(path().sectors_per_frame, 17U);
  core_->update_port(port_, {.mac = kOurMac, .mtu_bytes = 1500}, now_, *outbox_);
  EXPECT_EQ(path().sectors_per_frame, 2U);
  submit(block::OpKind::read, 0, 4);
  EXPECT_EQ(take_apart(sent_ata().at(0)).body.count, 2);
}

TEST_F(PathsTest, AnMtuThatHoldsNoSectorLeavesThePathUnused) {
  core_->update_port(port_, {.mac = kOurMac, .mtu_bytes = 500}, now_, *outbox_);
  EXPECT_EQ(path().sectors_per_frame, 0U);
  submit(block::OpKind::read, 0, 1);
  EXPECT_TRUE(sent_ata().empty());
  core_->update_port(port_, {.mac = kOurMac, .mtu_bytes = 1500}, now_, *outbox_);
  EXPECT_EQ(sent_ata().size(), 1U);
}

TEST_F(PathsTest, MorePathsThanThereIsRoomForPushOutThoseThatLeadNowhere) {
  for (std::uint8_t i = 0; i < 40; ++i) {
    deliver(config_response({.mac = {{2, 0, 0, 0, 9, i}}}));
    static_cast<void>(sent());
    pass(seconds(5));  // the questions are given up
  }
  EXPECT_EQ(status().path_count, kPathsMax);
  EXPECT_EQ(path(0).target_mac, kTargetMac);
}

}  // namespace
}  // namespace aoekit::initiator
