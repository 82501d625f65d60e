// ATA through the core: answers, ordering of overlapping requests, copies in flight, overload.
#include "target/target_fixture.h"

namespace aoekit::target {
namespace {

using block::BlockStatus;
using block::OpKind;

class AtaCommand : public TargetFixture {};

TEST_F(AtaCommand, ReadIsAnsweredWithTheDataThatTheDiskPutThere) {
  EXPECT_TRUE(send_ata(read(7, 2)).empty());
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.kind, OpKind::read);
  EXPECT_EQ(started_[0].op.range, (SectorRange{{7}, {2}}));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(started_[0].op.data.data()) % kDataAlignment, 0U);
  std::fill(started_[0].op.data.begin(), started_[0].op.data.end(), std::uint8_t{0x5a});
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].bytes.size(), 36U + 1024);
  EXPECT_EQ(replies[0].header.tag, 0x80000001U);
  EXPECT_EQ(replies[0].header.destination, kAlice);
  EXPECT_EQ(ata_of(replies[0]).command_or_status, 0x40);
  EXPECT_EQ(ata_of(replies[0]).data[1023], 0x5a);
}

TEST_F(AtaCommand, WriteIsAnsweredWithSixtyBytesAndZeroPadding) {
  const auto data = sectors(1, 0xee);
  send_ata(write(3, 1, data));
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_TRUE(std::equal(data.begin(), data.end(), started_[0].op.data.begin()));
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 1U);
  ASSERT_EQ(replies[0].bytes.size(), 60U);
  for (std::size_t i = 36; i < 60; ++i) EXPECT_EQ(replies[0].bytes[i], 0) << "byte " << i;
}

class LentFrames : public TargetFixture {
 protected:
  static TargetLimits lent() {
    TargetLimits limits = TargetFixture::limits();
    limits.frame_life = FrameLife::turn;
    return limits;
  }
  LentFrames() : TargetFixture(lent()) {}

  // Sends without ending the turn; the frame's memory is the caller's.
  ByteView begin(std::span<std::uint8_t> memory, const wire::AtaBody& body, std::uint32_t tag) {
    const ByteView frame = wire::encode(memory, header({.tag = tag}, 0), body);
    core_.on_frame(port_, frame, now_, outbox_);
    return frame;
  }
};

TEST_F(LentFrames, AWriteThatStartsAtOnceIsGivenToTheDiskAsItLiesInTheFrame) {
  std::array<std::uint8_t, 1500> first{}, copy{}, second{};
  const auto data = sectors(1, 0xee);
  const ByteView frame = begin(first, write(3, 1, data), 1);
  begin(copy, write(3, 1, data), 2);                // the same again, of which this is told
  begin(second, write(3, 1, sectors(1, 0xff)), 3);  // waits for the first
  ASSERT_EQ(outbox_.ops.size(), 1U);
  const block::BlockOp op = outbox_.ops[0].op;
  EXPECT_EQ(op.lent.data(), frame.data() + wire::kAtaHeaderBytes);
  EXPECT_EQ(core_.counters().duplicates, 1U);
  // The disk is not done by the end of the turn, and takes it in.
  std::copy(op.lent.begin(), op.lent.end(), op.data.begin());
  turn();
  first.fill(0);
  copy.fill(0);
  second.fill(0);
  send_ata(write(3, 1, data), {.tag = 4});
  EXPECT_EQ(core_.counters().duplicates, 2U) << "it is still known by its data";
  EXPECT_EQ(complete().size(), 3U);
  ASSERT_EQ(started_.size(), 1U) << "the second one";
  EXPECT_TRUE(started_[0].op.lent.empty());
  EXPECT_EQ(started_[0].op.data[511], 0xff);
}

class LentReads : public TargetFixture {};

TEST_F(LentReads, AnAnswerIsAHeaderAndTheDataWhereTheDiskHasThem) {
  send_ata(read(7, 2));
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_TRUE(started_[0].op.may_lend);
  const auto memory = sectors(2, 0x5a);
  const block::BlockCompletion done{started_[0].op.cookie, BlockStatus::ok, memory};
  core_.on_block_done({&done, 1}, now_, outbox_);
  ASSERT_EQ(outbox_.frames.size(), 1U);
  const TxFrame& frame = outbox_.frames[0];
  EXPECT_EQ(frame.bytes.size(), wire::kAtaHeaderBytes);
  EXPECT_EQ(frame.data.data(), memory.data());
  EXPECT_EQ(frame.data.size(), memory.size());
  core_.recycle(outbox_);
  EXPECT_TRUE(core_.idle());
}

TEST_F(LentReads, AWriteIsStartedAfterTheAnswerThatItWouldChange) {
  send_ata(read(7, 2), {.tag = 1});
  send_ata(write(8, 1, sectors(1, 1)), {.tag = 2});
  ASSERT_EQ(started_.size(), 1U);
  const auto memory = sectors(2, 0x5a);
  const block::BlockCompletion done{started_[0].op.cookie, BlockStatus::ok, memory};
  core_.on_block_done({&done, 1}, now_, outbox_);
  EXPECT_EQ(outbox_.frames.size(), 1U);
  EXPECT_EQ(outbox_.ops.size(), 1U) << "the owner sends before it starts";
}

TEST_F(LentReads, OnlyWhatIsAnsweredWithDataMayBeLent) {
  send_ata(transfer(0x42, 7, 1));  // READ VERIFY: the disk is to look at its medium
  send_ata(write(20, 1, sectors(1, 1)), {.tag = 2});
  ASSERT_EQ(started_.size(), 2U);
  EXPECT_FALSE(started_[0].op.may_lend);
  EXPECT_FALSE(started_[1].op.may_lend);
}

TEST_F(LentReads, AFailedOneIsAnsweredInOnePiece) {
  send_ata(read(7, 2));
  const auto replies = complete(BlockStatus::medium_error);
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].bytes.size(), 60U);
}

TEST_F(AtaCommand, DiskFailureIsAnAtaErrorAndNoData) {
  send_ata(read(0, 1));
  const auto replies = complete(BlockStatus::medium_error);
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_FALSE(replies[0].header.is_error());
  EXPECT_EQ(ata_of(replies[0]).command_or_status & 0x01, 0x01);
  EXPECT_EQ(replies[0].bytes.size(), 60U);
}

TEST_F(AtaCommand, OverlappingWritesApplyInArrivalOrder) {
  send_ata(write(10, 2, sectors(2, 1)), {.tag = 1});
  send_ata(write(11, 2, sectors(2, 2)), {.tag = 2});
  send_ata(read(12, 1), {.tag = 3});
  send_ata(write(50, 1, sectors(1, 4)), {.tag = 4});
  ASSERT_EQ(started_.size(), 2U) << "the second write and the read wait";
  EXPECT_EQ(core_.counters().ordered, 2U);
  EXPECT_EQ(complete()[0].header.tag, 1U);
  ASSERT_EQ(started_.size(), 2U);
  EXPECT_EQ(started_[1].op.data[0], 2);
  EXPECT_EQ(complete()[0].header.tag, 4U);
  EXPECT_EQ(complete()[0].header.tag, 2U);
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.kind, OpKind::read);
  EXPECT_EQ(complete()[0].header.tag, 3U);
  EXPECT_TRUE(core_.idle());
}

TEST_F(AtaCommand, OverlappingReadsDoNotWait) {
  send_ata(read(10, 2), {.tag = 1});
  send_ata(read(10, 2), {.tag = 2});
  EXPECT_EQ(started_.size(), 2U);
}

TEST_F(AtaCommand, WriteWaitsForAnEarlierRead) {
  send_ata(read(10, 2), {.tag = 1});
  send_ata(write(11, 1, sectors(1, 1)), {.tag = 2});
  EXPECT_EQ(started_.size(), 1U);
}

TEST_F(AtaCommand, CopyWithTheSameTagIsAppliedAndAnsweredOnce) {
  const auto data = sectors(1, 9);
  send_ata(write(10, 1, data), {.tag = 5});
  EXPECT_TRUE(send_ata(write(10, 1, data), {.tag = 5}).empty());
  EXPECT_EQ(started_.size(), 1U);
  EXPECT_EQ(complete().size(), 1U);
  EXPECT_EQ(core_.counters().duplicates, 1U);
  EXPECT_TRUE(core_.idle());
}

TEST_F(AtaCommand, CopyWithAnotherTagIsAppliedOnceAndAnsweredTwice) {
  const auto data = sectors(1, 9);
  send_ata(write(10, 1, data), {.tag = 5});
  send_ata(write(10, 1, data), {.tag = 6});
  send_ata(write(10, 1, data), {.tag = 6});
  EXPECT_EQ(started_.size(), 1U);
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 2U);
  EXPECT_EQ(replies[0].header.tag, 5U);
  EXPECT_EQ(replies[1].header.tag, 6U);
  EXPECT_EQ(ata_of(replies[1]).command_or_status, 0x40);
}

TEST_F(AtaCommand, CopyBehindAnOverlappingWriteDoesNotUndoIt) {
  const auto old_data = sectors(1, 1);
  send_ata(write(10, 1, old_data), {.tag = 1});
  send_ata(write(10, 1, sectors(1, 2)), {.tag = 2});
  send_ata(write(10, 1, old_data), {.tag = 3});  // Linux retransmits the first under a new tag
  EXPECT_EQ(complete().size(), 2U) << "tags 1 and 3";
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.data[0], 2);
  complete();
  EXPECT_TRUE(started_.empty()) << "the newer write stays";
}

TEST_F(AtaCommand, OnlyTrueCopiesAreAbsorbed) {
  send_ata(write(10, 1, sectors(1, 1)), {.tag = 1});
  send_ata(write(10, 1, sectors(1, 2)), {.tag = 1});                   // other data
  send_ata(write(10, 1, sectors(1, 1)), {.source = kBob, .tag = 1});   // other station
  send_ata(write(11, 1, sectors(1, 1)), {.tag = 1});                   // other sector
  EXPECT_EQ(core_.counters().duplicates, 0U);
  EXPECT_EQ(core_.requests_in_progress(), 4U);
}

TEST_F(AtaCommand, RequestsInProgressAreCountedForEachExport) {
  const ExportId other = core_.add_export(options({1, 3}), now_);
  send_ata(write(10, 1, sectors(1, 1)), {.tag = 1});
  send_ata(write(10, 1, sectors(1, 2)), {.tag = 2});  // waits for the first
  send_ata(read(0, 1), {.address = {1, 3}, .tag = 3});
  EXPECT_EQ(core_.requests_in_progress(id_), 2U);
  EXPECT_EQ(core_.requests_in_progress(other), 1U);
  complete();
  EXPECT_EQ(core_.requests_in_progress(id_), 1U);
  while (!started_.empty()) complete();
  EXPECT_EQ(core_.requests_in_progress(id_) + core_.requests_in_progress(other), 0U);
}

TEST_F(AtaCommand, MoreCopiesThanRememberedKeepTheNewestTags) {
  const auto data = sectors(1, 9);
  for (std::uint32_t tag = 1; tag <= 2 + kTwinsMax; ++tag) send_ata(write(10, 1, data), {.tag = tag});
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 1 + kTwinsMax);
  bool newest_answered = false;
  for (const Reply& reply : replies) newest_answered |= reply.header.tag == 2 + kTwinsMax;
  EXPECT_TRUE(newest_answered);
}

TEST_F(AtaCommand, FlushGoesToTheDisk) {
  EXPECT_TRUE(send_ata(transfer(0xea, 0, 0)).empty());
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.kind, OpKind::flush);
  EXPECT_EQ(ata_of(complete()[0]).command_or_status, 0x40);
}

TEST_F(AtaCommand, FlushWaitsForTheWritesBeforeItAndNotForThoseAfter) {
  send_ata(write(1, 1, sectors(1, 1)), {.tag = 1});
  send_ata(read(5, 1), {.tag = 2});
  send_ata(transfer(0xea, 0, 0), {.tag = 3});
  send_ata(write(9, 1, sectors(1, 1)), {.tag = 4});
  ASSERT_EQ(started_.size(), 3U);
  complete();
  ASSERT_EQ(started_.size(), 3U);
  EXPECT_EQ(started_[2].op.kind, OpKind::flush);
}

TEST_F(AtaCommand, TrimIssuesItsRangesOneAfterTheOther) {
  std::vector<std::uint8_t> block(512);
  block[0] = 20, block[6] = 8;        // 8 sectors from 20
  block[16] = 100, block[22] = 1;     // 1 sector from 100, after an empty entry
  wire::AtaBody body = transfer(0x06, 0, 1, block);
  body.feature_or_error = 1;
  send_ata(body);
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.range, (SectorRange{{20}, {8}}));
  send_ata(write(50, 1, sectors(1, 1)), {.tag = 2});
  EXPECT_EQ(started_.size(), 1U) << "a write between a trim's ranges waits for it";
  EXPECT_TRUE(complete().empty());
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.range, (SectorRange{{100}, {1}}));
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(ata_of(replies[0]).command_or_status, 0x40);
  EXPECT_EQ(started_.size(), 1U) << "now the write runs";
}

TEST_F(AtaCommand, TrimWithoutAWriteCacheIsAnsweredWhenItIsStable) {
  wire::AtaBody cache_off = transfer(0xef, 0, 0);
  cache_off.feature_or_error = 0x82;
  send_ata(cache_off, {.tag = 1});
  complete();
  std::vector<std::uint8_t> block(512);
  block[0] = 20, block[6] = 8;
  wire::AtaBody body = transfer(0x06, 0, 1, block);
  body.feature_or_error = 1;
  send_ata(body, {.tag = 2});
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.kind, OpKind::trim);
  EXPECT_TRUE(complete().empty()) << "what was trimmed could come back after a power cut";
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.kind, OpKind::flush);
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(ata_of(replies[0]).command_or_status, 0x40);
}

TEST_F(AtaCommand, RequestThatWaitedWhileTheDiskShrankIsOutOfRange) {
  const auto data = sectors(1, 1);
  send_ata(write(200, 1, data), {.tag = 1});
  send_ata(read(200, 1), {.tag = 2});
  core_.resize(id_, Sectors{100}, outbox_);
  turn();
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 2U) << "the write, and the read that waited for it";
  EXPECT_EQ(ata_of(replies[1]).command_or_status, 0x41);
  EXPECT_EQ(ata_of(replies[1]).feature_or_error, 0x10);
  EXPECT_TRUE(started_.empty());
  EXPECT_TRUE(core_.idle());
}

TEST_F(AtaCommand, TrimOfNothingSucceedsAtOnce) {
  const auto nothing = sectors(1, 0);
  wire::AtaBody body = transfer(0x06, 0, 1, nothing);
  body.feature_or_error = 1;
  const auto replies = send_ata(body);
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(ata_of(replies[0]).command_or_status, 0x40);
  EXPECT_TRUE(core_.idle());
}

TEST_F(AtaCommand, FullQueueDropsRequestsButStillAnswersDiscovery) {
  for (std::uint32_t tag = 0; tag < 100; ++tag) send_ata(read(static_cast<std::uint8_t>(tag), 1), {.tag = tag});
  EXPECT_EQ(started_.size(), core_.ops_in_flight_max());
  EXPECT_EQ(core_.counters().dropped_no_buffer, 100 - core_.ops_in_flight_max());
  EXPECT_EQ(send_config(wire::ConfigOp::read, "").size(), 1U);
  while (!started_.empty()) EXPECT_EQ(complete().size(), 1U);
  send_ata(read(0, 1));
  EXPECT_EQ(started_.size(), 1U);
}

TEST_F(AtaCommand, UnavailableDiskIsAoeErrorThree) {
  core_.set_available(id_, false);
  const auto replies = send_ata(read(0, 1));
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_TRUE(replies[0].header.is_error());
  EXPECT_EQ(replies[0].header.error, 3);
  EXPECT_EQ(send_config(wire::ConfigOp::read, "").size(), 1U) << "discovery still answers";
  core_.set_available(id_, true);
  send_ata(read(0, 1));
  EXPECT_EQ(started_.size(), 1U);
}

TEST_F(AtaCommand, WriteWithLessDataThanItsCountIsAnAtaError) {
  const auto replies = send_ata(write(0, 2, sectors(1, 1)));
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_FALSE(replies[0].header.is_error());
  EXPECT_EQ(ata_of(replies[0]).command_or_status, 0x41);
  EXPECT_TRUE(started_.empty());
}

TEST_F(AtaCommand, ReadThatDoesNotFitTheInterfaceIsAnAtaError) {
  core_.update_port(port_, {kTargetMac, 1500}, outbox_);
  EXPECT_EQ(turn().size(), 1U) << "the new sector count is announced";
  EXPECT_TRUE(send_ata(read(0, 2)).empty());
  const auto replies = send_ata(read(0, 3));
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(ata_of(replies[0]).command_or_status, 0x41);
}

TEST_F(AtaCommand, IdentifyCarriesItsPageWhateverThePaddingOfTheRequest) {
  const auto padding = sectors(17, 0);
  wire::AtaBody body = transfer(0xec, 0, 1);
  body.flags = 0;
  body.data = padding;
  const auto replies = send_ata(body);
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].bytes.size(), 36U + 512);
}

TEST_F(AtaCommand, AfterStopNothingNewIsTakenAndTheRestFinishes) {
  send_ata(write(1, 1, sectors(1, 1)));
  core_.stop_accepting();
  EXPECT_TRUE(send_ata(read(0, 1), {.tag = 9}).empty());
  EXPECT_TRUE(send_config(wire::ConfigOp::read, "").empty());
  EXPECT_FALSE(core_.idle());
  EXPECT_EQ(complete().size(), 1U);
  EXPECT_TRUE(core_.idle());
}

}  // namespace
}  // namespace aoekit::target
