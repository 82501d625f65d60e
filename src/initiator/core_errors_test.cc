// Errors of disks and targets, and what submit() refuses.
#include <gtest/gtest.h>

#include "initiator/core.h"
#include "initiator/test_wire.h"

namespace aoekit::initiator {
namespace {

class InitiatorErrorsTest : public testing::Test {
 protected:
  InitiatorErrorsTest() : core_(options()) {
    port_ = core_.add_port(kOurMac);
    device_ = core_.add_device(
        {kAddress, Sectors{1000}, AddressWidth::lba48, AddressWidth::lba48, {port_, kTargetMac, 8, 2}});
  }
  static InitiatorOptions options() {
    InitiatorOptions options;
    options.limits = {.requests = 2, .frames = 8, .sectors_per_frame_max = 2};
    return options;
  }
  Result<RequestId> submit(block::OpKind kind, std::uint64_t first, std::uint64_t count) {
    memory_.emplace_back(count * kSectorBytes);
    return core_.submit(device_, {.kind = kind, .range = {{first}, {count}}, .data = memory_.back()}, Instant{},
                        outbox_);
  }
  std::vector<Frame> sent() {
    std::vector<Frame> frames;
    for (const TxFrame& frame : outbox_.frames) frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
    core_.recycle(outbox_);
    return frames;
  }
  void deliver(const Frame& frame) { core_.on_frame(port_, frame, Instant{}, outbox_); }
  Completion only_completion() {
    std::array<Completion, 4> completions;
    EXPECT_EQ(core_.drain(completions), 1U);
    return completions[0];
  }

  InitiatorCore core_;
  Outbox outbox_{8};
  PortId port_;
  DeviceId device_;
  std::vector<std::vector<std::uint8_t>> memory_;
};

TEST_F(InitiatorErrorsTest, AnAtaErrorNamesTheFirstFailingSectors) {
  ASSERT_TRUE(submit(block::OpKind::read, 10, 6));
  const auto frames = sent();
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
  ASSERT_TRUE(submit(block::OpKind::read, 0, 100));
  auto frames = sent();
  ASSERT_EQ(frames.size(), 4U);
  deliver(answer_to(frames[0], {.status = 0x41, .error = ata::kErrorIdNotFound}));
  EXPECT_TRUE(sent().empty());
  for (std::size_t i = 1; i < 4; ++i) deliver(answer_to(frames[i]));
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(only_completion().status, block::BlockStatus::out_of_range);
}

TEST_F(InitiatorErrorsTest, WriteProtectedAndReservedAreSaid) {
  ASSERT_TRUE(submit(block::OpKind::write, 1, 1));
  deliver(answer_to(sent()[0], {.status = 0x41, .error = ata::kErrorWriteProtected}));
  Completion completion = only_completion();
  EXPECT_EQ(completion.status, block::BlockStatus::read_only);
  EXPECT_EQ(explain(completion), "writing sector 1: the disk is write-protected (status 0x41, error 0x40)");
  ASSERT_TRUE(submit(block::OpKind::write, 1, 1));
  deliver(aoe_error_to(sent()[0], wire::AoeError::target_reserved));
  completion = only_completion();
  EXPECT_EQ(completion.outcome, Outcome::aoe_error);
  EXPECT_EQ(explain(completion), "writing sector 1: the target answered AoE error 6 (target is reserved)");
}

TEST_F(InitiatorErrorsTest, AReplyWithTooLittleDataFails) {
  ASSERT_TRUE(submit(block::OpKind::read, 0, 2));
  deliver(answer_to(sent()[0], {.sectors_missing = 1}));
  EXPECT_EQ(only_completion().outcome, Outcome::short_reply);
}

TEST_F(InitiatorErrorsTest, RefusesWhatIsPastTheEndAndWhatThereIsNoRoomFor) {
  EXPECT_FALSE(submit(block::OpKind::read, 999, 2));
  EXPECT_FALSE(submit(block::OpKind::trim, 0, 1));
  ASSERT_TRUE(submit(block::OpKind::read, 999, 1));
  ASSERT_TRUE(submit(block::OpKind::read, 0, 1));
  EXPECT_EQ(core_.room(), 0U);
  const auto refused = submit(block::OpKind::read, 0, 1);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("too many requests"), std::string::npos);
  for (const Frame& frame : sent()) deliver(answer_to(frame));
  EXPECT_EQ(core_.room(), 0U) << "completions are not drained yet";
  std::array<Completion, 4> completions;
  EXPECT_EQ(core_.drain(completions), 2U);
  EXPECT_EQ(core_.room(), 2U);
}

TEST_F(InitiatorErrorsTest, FlushesHaveALongerTimeoutAndNoSample) {
  ASSERT_TRUE(submit(block::OpKind::flush, 0, 0));
  const auto frames = sent();
  EXPECT_EQ(take_apart(frames[0]).body.command_or_status, 0xea);
  EXPECT_EQ(core_.next_deadline(), Instant{} + std::chrono::seconds(2));
  deliver(answer_to(frames[0]));
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
  EXPECT_EQ(core_.path_status(device_).round_trip, std::nullopt);
}

TEST_F(InitiatorErrorsTest, AnEmptyRequestIsDoneAtOnce) {
  ASSERT_TRUE(submit(block::OpKind::read, 1000, 0));
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(only_completion().outcome, Outcome::ok);
}

TEST(AtaRequest, Lba28PutsTheTopBitsIntoTheDeviceRegister) {
  const wire::AtaBody body = ata_request(block::OpKind::write, {{0x1234567}, {2}}, AddressWidth::lba28);
  EXPECT_EQ(body.lba, (std::array<std::uint8_t, 6>{0x67, 0x45, 0x23, 0xe1, 0, 0}));
  EXPECT_EQ(body.command_or_status, 0x30);
  EXPECT_EQ(body.flags, wire::kAtaFlagWrite);
  const wire::AtaBody wide = ata_request(block::OpKind::read, {{0x123456789a}, {2}}, AddressWidth::lba48);
  EXPECT_EQ(wide.lba, (std::array<std::uint8_t, 6>{0x9a, 0x78, 0x56, 0x34, 0x12, 0}));
  EXPECT_EQ(wide.command_or_status, 0x24);
}

}  // namespace
}  // namespace aoekit::initiator
