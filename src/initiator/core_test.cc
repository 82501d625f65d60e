// The initiator core against a hand-made target: what it sends, when it sends again, and what it believes.
#include "initiator/core.h"

#include <gtest/gtest.h>

#include "initiator/core_fixture.h"

namespace aoekit::initiator {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

class InitiatorCoreTest : public CoreFixture {
 protected:
  InitiatorCoreTest() { start_with(8, 2); }

  void start_with(std::uint16_t buffers, std::uint8_t sectors_per_frame) {
    InitiatorOptions options;
    options.limits = {.requests = 8, .frames = 64, .sectors_per_frame_max = 17};
    options.tag_seed = 42;
    options.dead_after = seconds(30);
    options.discovery.interval = std::chrono::hours(1);
    start(options, {.buffers = buffers, .sectors = sectors_per_frame});
  }
};

TEST_F(InitiatorCoreTest, CutsAReadIntoFramesAndPutsItTogetherInAnyOrder) {
  submit(block::OpKind::read, 10, 5);
  const auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_EQ(take_apart(frames[0]).lba, 10U);
  EXPECT_EQ(take_apart(frames[1]).lba, 12U);
  EXPECT_EQ(take_apart(frames[2]).body.count, 1);
  for (const Frame& frame : frames) {
    const SeenRequest seen = take_apart(frame);
    EXPECT_EQ(frame.size(), wire::kMinFrameBytes);
    EXPECT_EQ(seen.header.destination, kTargetMac);
    EXPECT_EQ(seen.header.source, kOurMac);
    EXPECT_EQ(seen.header.address, kAddress);
    EXPECT_NE(seen.header.tag & 0x80000000U, 0U) << "the Linux driver would take it for its own";
  }
  deliver(answer_to(frames[2]));
  deliver(answer_to(frames[0]));
  EXPECT_TRUE(done().empty());
  deliver(answer_to(frames[1]));
  const auto completions = done();
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(completions[0].outcome, Outcome::ok);
  EXPECT_EQ(completions[0].cookie, 10U);
  for (std::size_t sector = 0; sector < 5; ++sector) {
    EXPECT_EQ(memory_[0][sector * kSectorBytes + 100], content_of(10 + sector));
  }
}

TEST_F(InitiatorCoreTest, WritesCarryTheirData) {
  submit(block::OpKind::write, 4, 3);
  const auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 2U);
  const SeenRequest second = take_apart(frames[1]);
  EXPECT_EQ(second.lba, 6U);
  EXPECT_TRUE(second.body.is_write());
  ASSERT_EQ(second.body.data.size(), kSectorBytes);
  EXPECT_TRUE(std::equal(second.body.data.begin(), second.body.data.end(), memory_[0].begin() + 2 * kSectorBytes));
}

TEST_F(InitiatorCoreTest, NeverSendsMoreThanTheWindowAndNeverMoreThanTheBuffers) {
  start_with(6, 2);
  submit(block::OpKind::read, 0, 100);
  auto outstanding = sent_ata();
  EXPECT_EQ(outstanding.size(), 3U);  // half of the buffers to begin with
  std::size_t highest = 0, answered = 0;
  while (!outstanding.empty()) {
    now_ += microseconds(100);
    deliver(answer_to(outstanding.front()));
    outstanding.erase(outstanding.begin());
    ++answered;
    for (auto& frame : sent_ata()) outstanding.push_back(std::move(frame));
    highest = std::max(highest, outstanding.size());
    ASSERT_LE(outstanding.size(), 6U);
  }
  EXPECT_EQ(answered, 50U);
  EXPECT_EQ(highest, 6U);
  EXPECT_EQ(done().size(), 1U);
}

TEST_F(InitiatorCoreTest, ALostFrameIsSentAgainWithTheSameTag) {
  submit(block::OpKind::write, 0, 2);
  const auto first = sent_ata();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(core_->next_deadline(), now_ + milliseconds(20));
  pass(milliseconds(19));
  EXPECT_TRUE(sent_ata().empty());
  pass(milliseconds(1));
  const auto second = sent_ata();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0], first[0]);
  deliver(answer_to(first[0]));
  EXPECT_EQ(done().size(), 1U);
  deliver(answer_to(second[0]));  // the copy's answer
  EXPECT_TRUE(done().empty());
  EXPECT_EQ(core_->counters().unknown_tag, 1U);
}

TEST_F(InitiatorCoreTest, CopiesAreSpacedOutExponentially) {
  submit(block::OpKind::read, 0, 1);
  static_cast<void>(sent());
  std::vector<Duration> gaps;
  Instant last = now_;
  while (gaps.size() < 5) {
    now_ = core_->next_deadline().value();
    core_->on_timer(now_, *outbox_);
    if (sent_ata().empty()) continue;  // a probe
    gaps.push_back(now_ - last);
    last = now_;
  }
  EXPECT_EQ(gaps, (std::vector<Duration>{milliseconds(20), milliseconds(40), milliseconds(80), milliseconds(160),
                                         milliseconds(320)}));
}

TEST_F(InitiatorCoreTest, RoundTripsOfRetransmittedFramesAreNotSampled) {
  const auto before = path().round_trip;
  submit(block::OpKind::read, 0, 1);
  const auto frames = sent_ata();
  pass(milliseconds(20));
  static_cast<void>(sent());
  now_ += milliseconds(1);
  deliver(answer_to(frames[0]));
  EXPECT_EQ(path().round_trip, before);
  submit(block::OpKind::read, 0, 1);
  now_ += milliseconds(8);
  deliver(answer_to(sent_ata()[0]));
  EXPECT_EQ(path().round_trip, milliseconds(1));
}

TEST_F(InitiatorCoreTest, AnswersFromElsewhereAreNotBelieved) {
  submit(block::OpKind::read, 0, 1);
  const auto frames = sent_ata();
  deliver(answer_to(frames[0], {.source = {{2, 0, 0, 0, 0, 0x66}}}));
  Frame other_slot = answer_to(frames[0]);
  other_slot[18] = 9;
  deliver(other_slot);
  Frame other_command = answer_to(frames[0]);
  other_command[19] = 2;
  deliver(other_command);
  EXPECT_EQ(core_->counters().wrong_sender, 3U);
  deliver(frames[0]);  // our own request, seen on a bridge
  EXPECT_EQ(core_->counters().not_a_response, 1U);
  Frame cut = answer_to(frames[0]);
  cut.resize(30);
  deliver(cut);
  EXPECT_EQ(core_->counters().malformed, 1U);
  EXPECT_TRUE(done().empty());
  deliver(answer_to(frames[0]));
  EXPECT_EQ(done().size(), 1U);
}

TEST_F(InitiatorCoreTest, ALateAnswerToAnEarlierUseOfTheSlotIsIgnored) {
  submit(block::OpKind::read, 0, 1);
  const Frame old_answer = answer_to(sent_ata()[0]);
  deliver(old_answer);
  ASSERT_EQ(done().size(), 1U);
  submit(block::OpKind::read, 500, 1);
  deliver(old_answer);
  EXPECT_TRUE(done().empty());
  EXPECT_EQ(memory_[1][0], 0xee) << "data of another request";
}

TEST_F(InitiatorCoreTest, AfterSilenceTheDiskIsDownAndSaysWhichSectorsFailed) {
  submit(block::OpKind::write, 20, 4);
  const Instant start = now_;
  std::vector<Completion> completions;
  while (completions.empty()) {
    now_ = core_->next_deadline().value();
    core_->on_timer(now_, *outbox_);
    static_cast<void>(sent());
    completions = done();
  }
  EXPECT_EQ(now_ - start, seconds(30));
  EXPECT_EQ(completions[0].outcome, Outcome::no_answer);
  EXPECT_EQ(completions[0].status, block::BlockStatus::unavailable);
  EXPECT_EQ(completions[0].failed, (SectorRange{{20}, {2}}));
  EXPECT_EQ(explain(completions[0]), "writing sectors 20-21: no answer from the target");
  EXPECT_EQ(status().state, DeviceState::down);
}

TEST_F(InitiatorCoreTest, AfterALossOnlyTheWindowIsSentAgain) {
  submit(block::OpKind::read, 0, 20);
  ASSERT_EQ(sent_ata().size(), 4U);
  pass(milliseconds(20));
  EXPECT_EQ(sent_ata().size(), 2U);  // halved
  EXPECT_EQ(path().in_flight, 2U);
  pass(milliseconds(40));
  EXPECT_EQ(sent_ata().size(), 1U);  // silent: one at a time
}

TEST_F(InitiatorCoreTest, AllDataArriveThoughEveryThirdFrameIsLost) {
  submit(block::OpKind::read, 100, 40);
  int transmissions = 0;
  std::vector<Completion> completions;
  for (int turn = 0; turn < 500 && completions.empty(); ++turn) {
    const auto frames = sent_ata();
    now_ += microseconds(200);
    for (const Frame& frame : frames) {
      if (++transmissions % 3 != 0) deliver(answer_to(frame));
    }
    if (outbox_->frames.empty()) {
      now_ = *core_->next_deadline();
      core_->on_timer(now_, *outbox_);
    }
    completions = done();
  }
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(completions[0].outcome, Outcome::ok);
  EXPECT_GE(core_->counters().retransmitted, 7U);
  for (std::size_t sector = 0; sector < 40; ++sector) {
    ASSERT_EQ(memory_[0][sector * kSectorBytes], content_of(100 + sector));
  }
}

TEST_F(InitiatorCoreTest, OverlappingRequestsWaitForTheWriteBeforeAndNobodyElseDoes) {
  submit(block::OpKind::write, 10, 2);
  submit(block::OpKind::read, 11, 1);
  submit(block::OpKind::read, 50, 1);
  auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(take_apart(frames[0]).lba, 10U);
  EXPECT_EQ(take_apart(frames[1]).lba, 50U);
  deliver(answer_to(frames[1]));
  EXPECT_TRUE(sent_ata().empty());
  deliver(answer_to(frames[0]));
  frames = sent_ata();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(take_apart(frames[0]).lba, 11U);
}

}  // namespace
}  // namespace aoekit::initiator
