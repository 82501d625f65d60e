// Group commit: who shares a sync, who needs none, and what a failed one means.
#include "target/target_fixture.h"

namespace aoekit::target {
namespace {

using block::BlockStatus;
using block::Durability;
using block::OpKind;

class GroupCommitTest : public TargetFixture {
 protected:
  GroupCommitTest() { set_commit(Commit::group); }

  void set_commit(Commit commit) {
    ExportOptions changed = options({1, 2});
    changed.commit = commit;
    core_.update_export(id_, changed, outbox_);
    turn();
  }
  std::vector<Reply> send_write(std::uint8_t lba, std::uint32_t tag) {
    return send_ata(write(lba, 1, sectors(1, static_cast<std::uint8_t>(tag))), {.tag = tag});
  }
  // Several requests that arrive in one turn.
  void send_together(std::initializer_list<std::uint8_t> lbas) {
    for (const std::uint8_t lba : lbas) {
      std::array<std::uint8_t, 1000> memory{};
      const auto data = sectors(1, lba);
      core_.on_frame(port_, wire::encode(memory, header({.tag = lba}, 0), write(lba, 1, data)), now_, outbox_);
    }
    EXPECT_TRUE(turn().empty());
  }
  static wire::AtaBody trim(ByteView block) {
    wire::AtaBody body = transfer(0x06, 0, 1, block);
    body.feature_or_error = 1;
    return body;
  }
  static std::uint8_t status_of(const Reply& reply) { return ata_of(reply).command_or_status; }
  OpKind kind(std::size_t i) const { return started_.at(i).op.kind; }
  // Completes operation `i` of those that were started.
  std::vector<Reply> complete_at(std::size_t i, BlockStatus status = BlockStatus::ok) {
    std::rotate(started_.begin(), started_.begin() + static_cast<std::ptrdiff_t>(i),
                started_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    return complete(status);
  }
};

TEST_F(GroupCommitTest, LoneWriteIsMadeStableByItself) {
  send_write(1, 1);
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.durability, Durability::stable);
  EXPECT_EQ(complete().size(), 1U);
  EXPECT_TRUE(started_.empty());
  send_write(1, 2);
  EXPECT_EQ(started_[0].op.durability, Durability::stable) << "the next one is alone again";
}

TEST_F(GroupCommitTest, WritesOfOneTurnShareOneSync) {
  send_together({1, 2, 3});
  ASSERT_EQ(started_.size(), 3U);
  for (const ExportOp& op : started_) EXPECT_EQ(op.op.durability, Durability::cached);
  std::vector<block::BlockCompletion> done;
  for (const ExportOp& op : started_) done.push_back({op.op.cookie, BlockStatus::ok});
  started_.clear();
  core_.on_block_done(done, now_, outbox_);
  EXPECT_TRUE(turn().empty()) << "not stable yet";
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(kind(0), OpKind::flush);
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 3U);
  for (const Reply& reply : replies) EXPECT_EQ(status_of(reply), 0x40);
  EXPECT_TRUE(started_.empty());
  EXPECT_TRUE(core_.idle());
  EXPECT_EQ(core_.counters().group_syncs, 1U);
  EXPECT_EQ(core_.counters().group_writes, 3U);
}

TEST_F(GroupCommitTest, WriteThatCompletesDuringASyncWaitsForTheNext) {
  send_together({1, 2});
  EXPECT_TRUE(complete().empty());
  ASSERT_EQ(started_.size(), 2U);
  ASSERT_EQ(kind(1), OpKind::flush) << "one sync at a time, as soon as there is anything";
  EXPECT_TRUE(complete().empty()) << "the sync began before this one's end";
  ASSERT_EQ(started_.size(), 1U);
  const auto first = complete();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].header.tag, 1U);
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(kind(0), OpKind::flush);
  EXPECT_EQ(complete().at(0).header.tag, 2U);
  EXPECT_TRUE(core_.idle());
}

TEST_F(GroupCommitTest, LoneWriteThatWasStartedStaysOne) {
  send_write(1, 1);
  send_write(2, 2);
  ASSERT_EQ(started_.size(), 2U);
  EXPECT_EQ(started_[0].op.durability, Durability::stable);
  EXPECT_EQ(started_[1].op.durability, Durability::cached);
  EXPECT_EQ(complete().at(0).header.tag, 1U);
  EXPECT_TRUE(complete().empty());
  EXPECT_EQ(complete().at(0).header.tag, 2U);
}

TEST_F(GroupCommitTest, OverlappingRequestsWaitUntilTheAnswer) {
  send_together({1, 2});
  send_write(1, 9);
  send_ata(read(2, 1), {.tag = 10});
  complete();
  complete();
  ASSERT_EQ(started_.size(), 1U) << "a sync; neither the write nor the read";
  complete();                        // of the first
  ASSERT_EQ(started_.size(), 2U);
  EXPECT_EQ(kind(0), OpKind::write);
  EXPECT_EQ(started_[0].op.data[0], 9);
  EXPECT_EQ(kind(1), OpKind::flush);
  EXPECT_EQ(complete_at(1).at(0).header.tag, 2U);
  EXPECT_EQ(kind(1), OpKind::read);
}

TEST_F(GroupCommitTest, CopiesAreAnsweredWithTheirOriginal) {
  send_together({1, 2});
  complete();
  EXPECT_TRUE(send_ata(write(1, 1, sectors(1, 1)), {.tag = 77}).empty());
  EXPECT_EQ(core_.counters().duplicates, 1U);
  const auto replies = complete_at(1);
  ASSERT_EQ(replies.size(), 2U);
  EXPECT_EQ(replies[1].header.tag, 77U);
}

TEST_F(GroupCommitTest, FailedSyncIsTheFailureOfAllThatWasUnderWay) {
  send_together({1, 2, 3, 4});
  complete();     // 1: a sync begins
  complete();     // 2: done
  ASSERT_EQ(started_.size(), 3U);
  send_write(4, 9);  // waits for 4: it is not with the disk
  const auto failed = complete_at(2, BlockStatus::medium_error);
  ASSERT_EQ(failed.size(), 2U);
  for (const Reply& reply : failed) {
    EXPECT_EQ(status_of(reply), 0x61);
    EXPECT_EQ(ata_of(reply).feature_or_error, 0x04);
  }
  ASSERT_EQ(started_.size(), 2U) << "3 and 4, which the disk had when the sync failed";
  EXPECT_EQ(status_of(complete().at(0)), 0x61);
  EXPECT_EQ(status_of(complete().at(0)), 0x61);
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(complete().at(0).header.tag, 9U) << "this one came after it";
  EXPECT_TRUE(started_.empty());
  EXPECT_TRUE(core_.idle());
}

TEST_F(GroupCommitTest, FailedWriteIsItsOwnFailureOnly) {
  send_together({1, 2});
  EXPECT_EQ(status_of(complete(BlockStatus::no_space).at(0)), 0x61);
  EXPECT_TRUE(complete().empty());
  EXPECT_EQ(status_of(complete().at(0)), 0x40);
}

TEST_F(GroupCommitTest, FailedStableWriteLeavesDoubtAboutTheOthers) {
  send_write(1, 1);  // alone
  send_write(2, 2);
  EXPECT_EQ(status_of(complete(BlockStatus::medium_error).at(0)), 0x61);
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(status_of(replies[0]), 0x61);
}

TEST_F(GroupCommitTest, FailedStableWriteLeavesDoubtAboutWhatASyncCoversMeanwhile) {
  send_write(1, 1);  // alone
  send_write(2, 2);
  EXPECT_TRUE(complete_at(1).empty());
  ASSERT_EQ(kind(1), OpKind::flush);
  EXPECT_EQ(status_of(complete(BlockStatus::medium_error).at(0)), 0x61);
  // The failure was told to the write; the sync knows of none.
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(status_of(replies[0]), 0x61);
}

TEST_F(GroupCommitTest, FailedFlushCommandLeavesDoubtAboutWritesUnderWay) {
  send_ata(transfer(0xea, 0, 0), {.tag = 1});
  send_write(1, 2);
  ASSERT_EQ(started_.size(), 2U);
  EXPECT_EQ(status_of(complete(BlockStatus::medium_error).at(0)), 0x61);
  EXPECT_EQ(status_of(complete().at(0)), 0x61);
}

TEST_F(GroupCommitTest, WriteThatARateLimitHoldsHasNothingToDoWithAFailureBeforeIt) {
  ExportOptions changed = options({1, 2});
  changed.commit = Commit::group;
  changed.limit.requests = 1;
  core_.update_export(id_, changed, outbox_);
  turn();
  send_write(1, 1);
  send_write(2, 2);
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(status_of(complete(BlockStatus::medium_error).at(0)), 0x61);
  now_ += std::chrono::seconds(2);
  core_.on_timer(now_, outbox_);
  turn();
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(status_of(complete().at(0)), 0x40);
}

TEST_F(GroupCommitTest, FlushCommandWaitsForTheAnswersAndSyncsAgain) {
  send_together({1, 2});
  send_ata(transfer(0xea, 0, 0), {.tag = 50});
  complete();
  complete();
  complete();  // the sync of 1
  complete();  // and of 2
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(kind(0), OpKind::flush);
  EXPECT_EQ(complete().at(0).header.tag, 50U);
}

TEST_F(GroupCommitTest, FuaWritesAreInTheGroup) {
  send_ata(transfer(0x3d, 1, 1, sectors(1, 1)), {.tag = 1});
  send_ata(transfer(0x3d, 2, 1, sectors(1, 1)), {.tag = 2});
  EXPECT_EQ(complete().size(), 1U);
  EXPECT_TRUE(complete().empty());
  EXPECT_EQ(kind(0), OpKind::flush);
  EXPECT_EQ(complete().at(0).header.tag, 2U);
}

TEST_F(GroupCommitTest, TrimIsAnsweredAfterItsSync) {
  std::vector<std::uint8_t> block(512);
  block[0] = 20, block[6] = 8;
  block[8] = 100, block[14] = 1;
  send_ata(trim(block), {.tag = 1});
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.durability, Durability::cached);
  complete();
  complete();
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(kind(0), OpKind::flush);
  EXPECT_EQ(status_of(complete().at(0)), 0x40);
  const auto nothing = sectors(1, 0);
  EXPECT_EQ(send_ata(trim(nothing), {.tag = 2}).size(), 1U) << "nothing to sync";
  EXPECT_TRUE(core_.idle());
}

TEST_F(GroupCommitTest, RemovedExportAnswersWhatWaitsForASync) {
  send_together({1, 2});
  complete();
  core_.remove_export(id_);
  complete();
  EXPECT_FALSE(core_.is_removed(id_));
  EXPECT_EQ(complete().size(), 1U);
  EXPECT_FALSE(core_.is_removed(id_));
  EXPECT_EQ(complete().size(), 1U);
  EXPECT_TRUE(core_.is_removed(id_));
}

TEST_F(GroupCommitTest, StopAnswersWhatWaitsForASync) {
  send_together({1, 2});
  core_.stop_accepting();
  complete();
  complete();
  EXPECT_FALSE(core_.idle());
  complete();
  complete();
  EXPECT_TRUE(core_.idle());
}

TEST_F(GroupCommitTest, ModeMayChangeWhileASyncIsUnderWay) {
  send_together({1, 2});
  complete();
  set_commit(Commit::as_device);
  send_write(5, 5);
  ASSERT_EQ(started_.size(), 3U);
  EXPECT_EQ(started_[2].op.durability, Durability::cached);
  EXPECT_EQ(complete_at(2).at(0).header.tag, 5U) << "no sync for this one";
  EXPECT_TRUE(complete_at(0).empty());
  EXPECT_EQ(complete().at(0).header.tag, 1U);
  EXPECT_EQ(complete().at(0).header.tag, 2U) << "as it began";
}

TEST_F(GroupCommitTest, FullQueueNeverOverflowsTheOutbox) {
  for (std::uint8_t round = 0; round < 3; ++round) {
    for (std::uint8_t lba = 0; lba < 60; ++lba) {
      send_ata(write(lba, 1, sectors(1, static_cast<std::uint8_t>(60 * round + lba))), {.tag = 60U * round + lba});
    }
    ASSERT_EQ(started_.size(), core_.ops_in_flight_max());
    // All of it in one turn, again and again until nothing is left.
    std::size_t answers = 0;
    while (!started_.empty()) {
      std::vector<block::BlockCompletion> done;
      for (const ExportOp& op : started_) done.push_back({op.op.cookie, BlockStatus::ok});
      started_.clear();
      core_.on_block_done(done, now_, outbox_);
      answers += turn().size();
      EXPECT_LE(started_.size(), core_.ops_in_flight_max());
    }
    EXPECT_EQ(answers, core_.ops_in_flight_max());
    EXPECT_TRUE(core_.idle());
  }
}

}  // namespace
}  // namespace aoekit::target
