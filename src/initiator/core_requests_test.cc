// What operations become on the wire, who waits for whom, and how the slots are shared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "ata/trim.h"
#include "initiator/core.h"
#include "initiator/core_fixture.h"

namespace aoekit::initiator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr wire::MacAddress kSecondMac{{2, 0, 0, 0, 0, 0x1b}};
constexpr wire::MacAddress kHolder{{2, 0, 0, 0, 0, 0x77}};

class RequestsTest : public CoreFixture {
 protected:
  RequestsTest() { start(options(), {}, disk_of(100'000'000)); }

  static InitiatorOptions options() {
    InitiatorOptions options;
    options.limits = {.requests = 40, .frames = 64, .sectors_per_frame_max = 2};
    options.discovery.interval = std::chrono::hours(1);
    return options;
  }
  static std::uint8_t opcode(const Frame& frame) { return take_apart(frame).body.command_or_status; }
};

// IDENTIFY's words as they are on the wire, in a page made by build_identify.
void clear_bits(Frame& page, std::size_t word, std::uint16_t bits) {
  page[2 * word] = static_cast<std::uint8_t>(page[2 * word] & ~bits);
  page[2 * word + 1] = static_cast<std::uint8_t>(page[2 * word + 1] & ~(bits >> 8));
}

// A core whose disk lacks FUA, and perhaps flushing, as IDENTIFY of older targets says.
class OldDiskTest : public CoreFixture {
 protected:
  enum class Flush { has, has_not };
  void start_old(Flush flush) {
    core_.emplace(RequestsOptions(), now_);
    outbox_.emplace(core_->outbox_capacity());
    port_ = core_->add_port({.mac = kOurMac}, now_, *outbox_);
    static_cast<void>(sent());
    deliver(config_response({}));
    device_ = core_->find(kAddress).value();
    Frame answer = identify_answer(sent().at(0), disk_of(1000));
    Frame page(answer.begin() + wire::kAtaHeaderBytes, answer.end());
    clear_bits(page, 84, 0x0040);  // FUA
    clear_bits(page, 87, 0x0040);
    if (flush == Flush::has_not) clear_bits(page, 83, 0x3000);
    page[510] = page[511] = 0;  // no checksum
    std::copy(page.begin(), page.end(), answer.begin() + wire::kAtaHeaderBytes);
    deliver(answer);
    ASSERT_EQ(status().state, DeviceState::up);
    ASSERT_FALSE(status().can_fua);
  }
  static InitiatorOptions RequestsOptions() {
    InitiatorOptions options;
    options.limits = {.requests = 8, .frames = 32, .sectors_per_frame_max = 2};
    return options;
  }
  static std::uint8_t opcode(const Frame& frame) { return take_apart(frame).body.command_or_status; }
};

TEST_F(RequestsTest, TrimBecomesEntriesOfABlock) {
  constexpr std::uint64_t kCount = kTrimSectorsMax + 70'000;
  submit(block::OpKind::trim, 1000, kCount);
  const auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 2U);
  std::uint64_t next = 1000;
  for (const Frame& frame : frames) {
    const SeenRequest seen = take_apart(frame);
    EXPECT_EQ(seen.body.command_or_status, 0x06);
    EXPECT_EQ(seen.body.feature_or_error, 1);
    EXPECT_EQ(seen.body.count, 1);
    EXPECT_TRUE(seen.body.is_write());
    ASSERT_EQ(seen.body.data.size(), kSectorBytes);
    for (std::size_t i = 0; i < kSectorBytes / ata::kTrimEntryBytes; ++i) {
      const SectorRange range = ata::trim_range(seen.body.data, i);
      if (range.count.count == 0) continue;
      EXPECT_EQ(range.first.value, next);
      next = range.end();
    }
    deliver(answer_to(frame));
  }
  EXPECT_EQ(next, 1000 + kCount);
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
}

TEST_F(RequestsTest, AStableWriteIsForcedUnitAccessWhereTheDiskHasIt) {
  submit(block::OpKind::write, 4, 2, block::Durability::stable);
  const auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(opcode(frames[0]), 0x3d);
  deliver(answer_to(frames[0]));
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
}

TEST_F(OldDiskTest, WithoutForcedUnitAccessAStableWriteIsFlushed) {
  start_old(Flush::has);
  submit(block::OpKind::write, 4, 4, block::Durability::stable);
  submit(block::OpKind::write, 5, 1);
  auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 2U);
  for (const Frame& frame : frames) {
    EXPECT_EQ(opcode(frame), 0x34);
    deliver(answer_to(frame));
  }
  EXPECT_TRUE(done().empty());
  frames = sent_ata();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(opcode(frames[0]), 0xea);
  deliver(answer_to(frames[0]));
  EXPECT_EQ(only_completion().cookie, 4U);
  EXPECT_EQ(sent_ata().size(), 1U) << "what overlaps it starts now";
}

TEST_F(OldDiskTest, AFailedFlushFailsTheStableWrite) {
  start_old(Flush::has);
  submit(block::OpKind::write, 4, 1, block::Durability::stable);
  deliver(answer_to(sent_ata().at(0)));
  deliver(answer_to(sent_ata().at(0), {.status = 0x41, .error = ata::kErrorAbort}));
  EXPECT_EQ(only_completion().outcome, Outcome::ata_error);
}

TEST_F(OldDiskTest, WithoutAFlushThereIsNothingToWaitFor) {
  start_old(Flush::has_not);
  EXPECT_FALSE(status().can_flush);
  submit(block::OpKind::flush, 0, 0);
  EXPECT_TRUE(sent_ata().empty());
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
  submit(block::OpKind::write, 4, 1, block::Durability::stable);
  deliver(answer_to(sent_ata().at(0)));
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
}

TEST_F(RequestsTest, ThirtyTwoRequestsThatDoNotOverlapAreAllOnTheirWayAtOnce) {
  deliver(config_response({.buffers = 64}));
  // A write is held back, and holds up nobody but those that overlap it.
  submit(block::OpKind::write, 1000, 2);
  submit(block::OpKind::write, 1001, 2);
  submit(block::OpKind::read, 1002, 1);
  std::set<std::uint64_t> seen;
  std::size_t most = 0;
  for (std::uint64_t i = 0; i < 30; ++i) submit(block::OpKind::read, i * 10, 2);
  // The window opens as answers come; the first write gets none.
  std::vector<Frame> outstanding = sent_ata();
  for (int turn = 0; turn < 100 && seen.size() < 30; ++turn) {
    most = std::max(most, outstanding.size());
    std::vector<Frame> next;
    for (const Frame& frame : outstanding) {
      const SeenRequest request = take_apart(frame);
      if (request.body.is_write()) continue;
      seen.insert(request.lba);
      deliver(answer_to(frame));
    }
    outstanding = sent_ata();
  }
  EXPECT_EQ(seen.size(), 30U);
  EXPECT_EQ(seen.count(1001) + seen.count(1002), 0U);
  EXPECT_EQ(status().requests, 3U);
}

TEST_F(RequestsTest, AnEarlierReadIsNotOvertakenByAWrite) {
  submit(block::OpKind::read, 0, 2);
  submit(block::OpKind::write, 1, 1);
  submit(block::OpKind::trim, 0, 1);
  const auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 1U);
  deliver(answer_to(frames[0]));
  EXPECT_EQ(sent_ata().size(), 2U);
}

TEST_F(RequestsTest, WithOnePathACopyDelaysNobody) {
  submit(block::OpKind::write, 0, 1);
  const auto frames = sent_ata();
  pass(milliseconds(20));
  ASSERT_EQ(sent_ata().size(), 1U);
  deliver(answer_to(frames[0]));
  submit(block::OpKind::write, 0, 1);
  EXPECT_EQ(sent_ata().size(), 1U);
}

TEST_F(RequestsTest, WithSeveralPathsAnOverlappingWriteWaitsUntilCopiesCannotArriveAnyMore) {
  find_disk({.mac = kSecondMac}, disk_of(100'000'000), port_);
  ASSERT_EQ(status().path_count, 2U);
  submit(block::OpKind::write, 10, 2);
  const auto first = sent_ata();
  pass(milliseconds(20));
  const auto copy = sent_ata();
  ASSERT_EQ(copy.size(), 1U);
  deliver(answer_to(copy[0], {.source = wire::decode_header(copy[0])->destination}));
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
  const Instant done_at = now_;
  submit(block::OpKind::write, 11, 1);
  submit(block::OpKind::read, 10, 1);
  submit(block::OpKind::write, 12, 1);
  const auto others = sent_ata();
  ASSERT_EQ(others.size(), 2U);
  EXPECT_EQ(take_apart(others[0]).lba, 10U);
  EXPECT_EQ(take_apart(others[1]).lba, 12U);
  for (const Frame& frame : others) deliver(answer_to(frame, {.source = wire::decode_header(frame)->destination}));
  EXPECT_EQ(core_->counters().quarantined, 1U);
  pass_until(done_at + milliseconds(999));
  EXPECT_TRUE(sent_ata().empty());
  pass_until(done_at + seconds(1));
  const auto later = sent_ata();
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(take_apart(later[0]).lba, 11U);
}

TEST_F(RequestsTest, WhenAllCopiesWentOneWayAnOverlappingWriteFollowsThemThere) {
  find_disk({.mac = kSecondMac}, disk_of(100'000'000), port_);
  submit(block::OpKind::write, 10, 1);
  const auto first = sent_ata();
  const wire::MacAddress way = wire::decode_header(first[0])->destination;
  now_ += milliseconds(1);
  deliver(config_response({.mac = way}));  // the path is alive: one frame was lost
  static_cast<void>(sent());
  pass(milliseconds(19));
  const auto copy = sent_ata();
  ASSERT_EQ(copy.size(), 1U);
  EXPECT_EQ(wire::decode_header(copy[0])->destination, way);
  deliver(answer_to(copy[0], {.source = way}));
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
  for (std::uint64_t i = 0; i < 3; ++i) {
    submit(block::OpKind::write, 10, 1);
    const auto frames = sent_ata();
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(wire::decode_header(frames[0])->destination, way);
    deliver(answer_to(frames[0], {.source = way}));
  }
  EXPECT_EQ(core_->counters().quarantined, 0U);
}

// Found by the simulator, seed 58: the later write followed at once, and the copy was held up.
TEST_F(RequestsTest, OnAPathThatDoesNotKeepOrderAnOverlappingWriteWaitsForCopies) {
  InitiatorOptions patient = options();
  patient.retransmit.copy_lifetime_one_path = std::chrono::seconds(1);
  start(patient, {}, disk_of(100'000'000));
  submit(block::OpKind::write, 10, 1);
  static_cast<void>(sent());
  std::vector<Frame> copy;
  while (copy.empty()) {
    pass_until(core_->next_deadline().value());
    copy = sent_ata();
  }
  deliver(answer_to(copy[0], {}));
  ASSERT_EQ(done().size(), 1U);
  submit(block::OpKind::write, 10, 1);
  EXPECT_TRUE(sent_ata().empty());
  pass(milliseconds(999));
  EXPECT_TRUE(sent_ata().empty());
  pass(milliseconds(2));
  EXPECT_EQ(sent_ata().size(), 1U);
}

TEST_F(RequestsTest, MoreQuarantinesThanThereIsRoomForAreLumpedTogether) {
  InitiatorOptions patient = options();
  patient.retransmit.copy_lifetime_several_paths = std::chrono::hours(1);
  patient.dead_after.reset();
  start(patient, {}, disk_of(100'000'000));
  find_disk({.mac = kSecondMac}, disk_of(100'000'000), port_);
  const Instant start_at = now_;
  for (std::uint64_t i = 0; i < kQuarantinesMax + 2; ++i) {
    submit(block::OpKind::write, i * 10, 1);
    static_cast<void>(sent());
    std::vector<Frame> copy;
    while (copy.empty()) {
      pass_until(core_->next_deadline().value());
      copy = sent_ata();
    }
    deliver(answer_to(copy[0], {.source = wire::decode_header(copy[0])->destination}));
    ASSERT_EQ(done().size(), 1U);
    // Both answer the probes, so neither is suspect for long.
    find_disk({}, disk_of(100'000'000), port_);
    find_disk({.mac = kSecondMac}, disk_of(100'000'000), port_);
  }
  submit(block::OpKind::write, kQuarantinesMax * 10 + 5, 1);  // between those that found no place of their own
  submit(block::OpKind::write, 5, 1);                         // between others
  const auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(take_apart(frames[0]).lba, 5U);
  deliver(answer_to(frames[0], {.source = wire::decode_header(frames[0])->destination}));
  ASSERT_LT(now_ - start_at, std::chrono::hours(1));
  now_ += std::chrono::hours(1);
  core_->on_timer(now_, *outbox_);
  bool sent_at_last = false;
  for (const Frame& frame : sent_ata()) {
    sent_at_last = sent_at_last || take_apart(frame).lba == kQuarantinesMax * 10 + 5;
  }
  EXPECT_TRUE(sent_at_last);
}

// The reply of a target to command 3.
Frame holder_reply(const Frame& question, const std::vector<wire::MacAddress>& holders) {
  const wire::Header asked = wire::decode_header(question).value();
  Frame macs;
  for (const auto& mac : holders) macs.insert(macs.end(), mac.bytes.begin(), mac.bytes.end());
  wire::ReserveBody body;
  body.macs = macs;
  Frame out(wire::kFrameBytesMax);
  out.resize(wire::encode(out, wire::reply_header(asked, kTargetMac, asked.address), body).size());
  return out;
}

TEST_F(RequestsTest, AReservationSaysWhoHoldsTheDisk) {
  submit(block::OpKind::write, 1, 1);
  submit(block::OpKind::write, 9, 1);
  for (const Frame& frame : sent_ata()) deliver(aoe_error_to(frame, wire::AoeError::target_reserved));
  EXPECT_TRUE(done().empty());
  const auto questions = sent();
  ASSERT_EQ(questions.size(), 1U) << "asked once for both";
  EXPECT_EQ(wire::decode_header(questions[0])->command, static_cast<std::uint8_t>(wire::Command::reserve));
  deliver(holder_reply(questions[0], {kHolder, kSecondMac}));
  const auto failed = done();
  ASSERT_EQ(failed.size(), 2U);
  EXPECT_EQ(failed[0].holder, kHolder);
  EXPECT_EQ(explain(failed[0]), "writing sector 1: the disk is reserved by 02:00:00:00:00:77");
  EXPECT_EQ(failed[1].holder, kHolder);
  // Shortly after nobody is asked again.
  submit(block::OpKind::read, 1, 1);
  deliver(aoe_error_to(sent_ata().at(0), wire::AoeError::target_reserved));
  EXPECT_EQ(only_completion().holder, kHolder);
}

TEST_F(RequestsTest, WhenTheTargetDoesNotSayWhoHoldsItTheRequestFailsAllTheSame) {
  submit(block::OpKind::write, 1, 1);
  deliver(aoe_error_to(sent_ata().at(0), wire::AoeError::target_reserved));
  pass_until(now_ + seconds(1));
  const Completion failed = only_completion();
  EXPECT_EQ(failed.holder, std::nullopt);
  EXPECT_EQ(explain(failed), "writing sector 1: the disk is reserved by another station");
}

TEST_F(RequestsTest, SilentDisksLeaveSlotsToOthers) {
  const DeviceId silent = device_;
  for (std::uint8_t slot = 10; slot < 16; ++slot) {
    device_ = find_disk({.address = {7, slot}, .buffers = 64}, disk_of(1000), port_);
  }
  const DeviceId live = device_;
  for (const DeviceId id : core_->devices()) {
    if (id == live) continue;
    device_ = id;
    for (std::uint64_t i = 0; i < 5; ++i) submit(block::OpKind::read, i * 100, 100);
  }
  static_cast<void>(sent());
  ASSERT_GT(core_->path_status(silent, 0).in_flight, 0U);
  device_ = live;
  submit(block::OpKind::read, 0, 8);
  std::size_t frames = 0;
  for (auto sending = sent_ata(); !sending.empty(); sending = sent_ata()) {
    for (const Frame& frame : sending) {
      if (take_apart(frame).header.address != wire::AoeAddress{7, 15}) continue;
      ++frames;
      deliver(answer_to(frame));
    }
  }
  EXPECT_EQ(frames, 4U);
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
}

TEST_F(RequestsTest, CountersOfTheDiskAreKept) {
  submit(block::OpKind::write, 0, 2);
  submit(block::OpKind::read, 10, 3);
  EXPECT_EQ(status().requests, 2U);
  for (const Frame& frame : sent_ata()) deliver(answer_to(frame));
  submit(block::OpKind::read, 0, 1);
  deliver(answer_to(sent_ata().at(0), {.status = 0x41, .error = ata::kErrorUncorrectable}));
  EXPECT_EQ(status().requests, 0U);
  EXPECT_EQ(status().requests_done, 2U);
  EXPECT_EQ(status().requests_failed, 1U);
  EXPECT_EQ(status().bytes_written, 1024U);
  EXPECT_EQ(status().bytes_read, 1536U);
  EXPECT_EQ(status().open_count, 1U);
}

}  // namespace
}  // namespace aoekit::initiator
