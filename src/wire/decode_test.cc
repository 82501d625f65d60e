// Every reason to reject a frame, at the very byte where it begins to hold.
#include "wire/decode.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "wire/example_frames.h"
#include "wire/print.h"

namespace aoekit::wire {
namespace {

using Frame = std::vector<std::uint8_t>;

// A header for `command`, and a body of zeros behind it.
Frame frame_of(Command command, std::size_t frame_bytes) {
  Frame frame = bytes_from_hex("02 00 00 00 00 01 02 00 00 00 00 a1 88 a2 10 00 00 01 02 00 00 00 00 09");
  frame[19] = static_cast<std::uint8_t>(command);
  frame.resize(frame_bytes);
  return frame;
}

tl::expected<Body, RejectReason> decode(const Frame& frame) {
  const auto header = decode_header(frame);
  if (!header) return tl::unexpected<RejectReason>(header.error());
  return decode_body(*header, frame);
}

void expect_rejected(const Frame& frame, RejectReason reason) {
  const auto body = decode(frame);
  ASSERT_FALSE(body.has_value());
  EXPECT_STREQ(to_string(body.error()), to_string(reason));
  EXPECT_NE(describe(frame).find(to_string(reason)), std::string::npos) << describe(frame);
}

TEST(Decode, ShortFrames) {
  expect_rejected({}, RejectReason::too_short);
  expect_rejected(frame_of(Command::ata, 23), RejectReason::too_short);
  expect_rejected(frame_of(Command::ata, 24), RejectReason::ata_too_short);
  expect_rejected(frame_of(Command::ata, 35), RejectReason::ata_too_short);
  EXPECT_TRUE(decode(frame_of(Command::ata, 36)));
  expect_rejected(frame_of(Command::config, 31), RejectReason::config_too_short);
  EXPECT_TRUE(decode(frame_of(Command::config, 32)));
  expect_rejected(frame_of(Command::mask, 27), RejectReason::mask_too_short);
  EXPECT_TRUE(decode(frame_of(Command::mask, 28)));
  expect_rejected(frame_of(Command::reserve, 25), RejectReason::reserve_too_short);
  EXPECT_TRUE(decode(frame_of(Command::reserve, 26)));
}

TEST(Decode, OtherEtherTypes) {
  Frame frame = frame_of(Command::ata, 60);
  frame[13] = 0xa3;
  expect_rejected(frame, RejectReason::not_aoe);
}

TEST(Decode, ConfigStringsBeyondFrameOrLimit) {
  Frame frame = frame_of(Command::config, 35);
  frame[31] = 3;
  EXPECT_TRUE(decode(frame));
  frame[31] = 4;
  expect_rejected(frame, RejectReason::config_string_long);
  frame = frame_of(Command::config, 2000);
  frame[30] = 0x04;
  EXPECT_EQ(std::get<ConfigBody>(decode(frame).value()).text.size(), 1024U);
  frame[31] = 0x01;
  expect_rejected(frame, RejectReason::config_string_long);
}

TEST(Decode, DirectivesBeyondTheFrame) {
  Frame frame = frame_of(Command::mask, 28 + 3 * 8);
  frame[27] = 3;
  EXPECT_EQ(std::get<MaskBody>(decode(frame).value()).directives.size(), 24U);
  frame[27] = 4;
  expect_rejected(frame, RejectReason::mask_too_short);
  frame = frame_of(Command::mask, 28 + 255 * 8 - 1);
  frame[27] = 255;
  expect_rejected(frame, RejectReason::mask_too_short);
}

TEST(Decode, FailedMaskEditCountsDirectivesItDoesNotCarry) {
  Frame frame = frame_of(Command::mask, 28);
  frame[14] |= kFlagResponse;
  frame[26] = 2;
  frame[27] = 9;
  const auto body = std::get<MaskBody>(decode(frame).value());
  EXPECT_EQ(body.count, 9);
  EXPECT_TRUE(body.directives.empty());
}

// Found by fuzzing: the target walked through directives that such a request did not have.
TEST(Decode, ErrorFieldOfARequestDoesNotHideWhatItsCountPromises) {
  Frame frame = frame_of(Command::mask, 28 + 8);
  frame[26] = 2;
  frame[27] = 1;
  EXPECT_EQ(std::get<MaskBody>(decode(frame).value()).directives.size(), 8U);
  frame[27] = 2;
  expect_rejected(frame, RejectReason::mask_too_short);
}

TEST(Decode, StationsBeyondTheFrame) {
  Frame frame = frame_of(Command::reserve, 26 + 255 * 6);
  frame[25] = 255;
  EXPECT_EQ(std::get<ReserveBody>(decode(frame).value()).mac_count(), 255U);
  frame.pop_back();
  expect_rejected(frame, RejectReason::reserve_too_short);
}

TEST(Decode, UnknownCommandsAreNoReasonToReject) {
  for (unsigned command = 4; command < 256; ++command) {
    Frame frame = frame_of(Command::ata, 30);
    frame[19] = static_cast<std::uint8_t>(command);
    const auto body = decode(frame);
    ASSERT_TRUE(body.has_value());
    EXPECT_EQ(std::get<UnknownBody>(*body).data.size(), 6U);
  }
}

TEST(Decode, EveryVersionHasAHeader) {
  Frame frame = frame_of(Command::ata, 36);
  frame[14] = 0xff;
  const Header header = decode_header(frame).value();
  EXPECT_EQ(header.version, 15);
  EXPECT_EQ(header.flags, 15);
  EXPECT_NE(describe(frame).find("version=15"), std::string::npos);
}

TEST(Decode, CheckedConversionsEndWhereTheProtocolDoes) {
  EXPECT_EQ(command_from(3), Command::reserve);
  EXPECT_EQ(command_from(4), std::nullopt);
  EXPECT_EQ(aoe_error_from(0), std::nullopt);
  EXPECT_EQ(aoe_error_from(6), AoeError::target_reserved);
  EXPECT_EQ(aoe_error_from(7), std::nullopt);
  EXPECT_EQ(config_op_from(4), ConfigOp::force_set);
  EXPECT_EQ(config_op_from(5), std::nullopt);
  EXPECT_EQ(mask_op_from(2), std::nullopt);
  EXPECT_EQ(reserve_op_from(3), std::nullopt);
}

TEST(Print, UntrustedTextStaysOnItsLine) {
  Frame frame = frame_of(Command::config, 32 + 5);
  frame[31] = 5;
  const std::string_view text = "\x1b\n\"\\a";
  std::copy(text.begin(), text.end(), frame.begin() + 32);
  EXPECT_NE(describe(frame).find("string=\"\\x1b\\x0a\\x22\\x5ca\""), std::string::npos) << describe(frame);
}

}  // namespace
}  // namespace aoekit::wire
