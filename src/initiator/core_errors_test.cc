// Errors of disks and targets, and what submit() refuses.
#include <gtest/gtest.h>

#include <cerrno>

#include "initiator/core.h"
#include "initiator/core_fixture.h"

namespace aoekit::initiator {
namespace {

class InitiatorErrorsTest : public CoreFixture {
 protected:
  InitiatorErrorsTest() {
    InitiatorOptions options;
    options.limits = {.requests = 2, .frames = 16, .sectors_per_frame_max = 2};
    options.discovery.interval = std::chrono::hours(1);
    start(options, {});
  }
};

TEST_F(InitiatorErrorsTest, AnAtaErrorNamesTheFirstFailingSectors) {
  submit(block::OpKind::read, 10, 6);
  const auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 3U);
  deliver(answer_to(frames[2], {.status = 0x41, .error = ata::kErrorAbort}));
  deliver(answer_to(frames[1], {.status = 0x41, .error = ata::kErrorUncorrectable}));
  deliver(answer_to(frames[0]));
  const Completion completion = only_completion();
  EXPECT_EQ(completion.outcome, Outcome::ata_error);
  EXPECT_EQ(completion.status, block::BlockStatus::medium_error);
  EXPECT_EQ(completion.failed, (SectorRange{{12}, {2}}));
  EXPECT_EQ(explain(completion),
            "reading sectors 12-13: the disk reports an uncorrectable error (status 0x41, error 0x40)");
}

TEST_F(InitiatorErrorsTest, AFailedRequestSendsNoMoreFrames) {
  submit(block::OpKind::read, 0, 100);
  auto frames = sent_ata();
  ASSERT_EQ(frames.size(), 4U);
  deliver(answer_to(frames[0], {.status = 0x41, .error = ata::kErrorIdNotFound}));
  EXPECT_TRUE(sent_ata().empty());
  for (std::size_t i = 1; i < 4; ++i) deliver(answer_to(frames[i]));
  EXPECT_TRUE(sent_ata().empty());
  EXPECT_EQ(only_completion().status, block::BlockStatus::out_of_range);
}

TEST_F(InitiatorErrorsTest, WriteProtectedAndGoneAreSaid) {
  submit(block::OpKind::write, 1, 1);
  deliver(answer_to(sent_ata()[0], {.status = 0x41, .error = ata::kErrorWriteProtected}));
  Completion completion = only_completion();
  EXPECT_EQ(completion.status, block::BlockStatus::read_only);
  EXPECT_EQ(explain(completion), "writing sector 1: the disk is write-protected (status 0x41, error 0x40)");
  submit(block::OpKind::write, 1, 1);
  deliver(aoe_error_to(sent_ata()[0], wire::AoeError::device_unavailable));
  completion = only_completion();
  EXPECT_EQ(completion.outcome, Outcome::aoe_error);
  EXPECT_EQ(explain(completion), "writing sector 1: the disk behind the target is gone");
}

TEST_F(InitiatorErrorsTest, AReplyWithTooLittleDataFails) {
  submit(block::OpKind::read, 0, 2);
  deliver(answer_to(sent_ata()[0], {.sectors_missing = 1}));
  EXPECT_EQ(only_completion().outcome, Outcome::short_reply);
}

TEST_F(InitiatorErrorsTest, RefusesWhatIsPastTheEndAndWhatThereIsNoRoomFor) {
  std::vector<std::uint8_t> two_sectors(2 * kSectorBytes);
  block::BlockOp op;
  op.range = {{999}, {2}};
  op.data = two_sectors;
  const auto past_the_end = try_submit(op);
  ASSERT_FALSE(past_the_end);
  EXPECT_EQ(past_the_end.error().os_error, ENOSPC);
  EXPECT_EQ(past_the_end.error().message, "e7.3: sectors 999 to 1001 are past the end of the disk (1000 sectors)");
  submit(block::OpKind::read, 999, 1);
  submit(block::OpKind::read, 0, 1);
  EXPECT_EQ(core_->room(), 0U);
  op.range = {{998}, {2}};
  const auto refused = try_submit(op);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().os_error, EAGAIN);
  EXPECT_NE(refused.error().message.find("too many requests"), std::string::npos);
  for (const Frame& frame : sent_ata()) deliver(answer_to(frame));
  EXPECT_EQ(core_->room(), 0U) << "completions are not drained yet";
  EXPECT_EQ(done().size(), 2U);
  EXPECT_EQ(core_->room(), 2U);
}

TEST_F(InitiatorErrorsTest, FlushesHaveALongerTimeoutAndNoSample) {
  const auto before = path().round_trip;
  submit(block::OpKind::flush, 0, 0);
  const auto frames = sent_ata();
  EXPECT_EQ(take_apart(frames[0]).body.command_or_status, 0xea);
  pass(std::chrono::milliseconds(1999));
  EXPECT_TRUE(sent_ata().empty());
  deliver(answer_to(frames[0]));
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
  EXPECT_EQ(path().round_trip, before);
}

TEST_F(InitiatorErrorsTest, AnEmptyRequestIsDoneAtOnce) {
  submit(block::OpKind::read, 1000, 0);
  EXPECT_TRUE(sent_ata().empty());
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
}

TEST(AtaRequest, Lba28PutsTheTopBitsIntoTheDeviceRegister) {
  const wire::AtaBody body = ata_request(block::OpKind::write, {{0x1234567}, {2}}, {.width = AddressWidth::lba28});
  EXPECT_EQ(body.lba, (std::array<std::uint8_t, 6>{0x67, 0x45, 0x23, 0xe1, 0, 0}));
  EXPECT_EQ(body.command_or_status, 0x30);
  EXPECT_EQ(body.flags, wire::kAtaFlagWrite);
  const wire::AtaBody wide = ata_request(block::OpKind::read, {{0x123456789a}, {2}}, {});
  EXPECT_EQ(wide.lba, (std::array<std::uint8_t, 6>{0x9a, 0x78, 0x56, 0x34, 0x12, 0}));
  EXPECT_EQ(wide.command_or_status, 0x24);
}

}  // namespace
}  // namespace aoekit::initiator
