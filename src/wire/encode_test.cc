// The largest messages of each kind survive the way to bytes and back; every byte of a frame is written.
#include "wire/encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "wire/decode.h"

namespace aoekit::wire {
namespace {

class Encode : public ::testing::Test {
 protected:
  Encode() {
    header_.source = MacAddress{{2, 0, 0, 0, 0, 1}};
    header_.destination = MacAddress{{2, 0, 0, 0, 0, 2}};
    header_.flags = kFlagResponse;
    header_.address = {0x1234, 0x56};
    header_.tag = 0x89abcdef;
    content_.resize(kFrameBytesMax);
    std::iota(content_.begin(), content_.end(), std::uint8_t{1});
    memory_.fill(0xee);
  }

  // Encodes `body` as `command`, checks size and header, and returns what the bytes decode to.
  template <class T>
  T round_trip(Command command, const T& body, std::size_t frame_bytes) {
    header_.command = static_cast<std::uint8_t>(command);
    frame_ = encode(memory_, header_, body);
    EXPECT_EQ(frame_.size(), frame_bytes);
    const Header header = decode_header(frame_).value();
    EXPECT_EQ(header.source, header_.source);
    EXPECT_EQ(header.destination, header_.destination);
    EXPECT_EQ(header.address, header_.address);
    EXPECT_EQ(header.tag, header_.tag);
    EXPECT_EQ(header.flags, header_.flags);
    return std::get<T>(decode_body(header, frame_).value());
  }
  ByteView content(std::size_t bytes) const { return ByteView(content_).first(bytes); }
  static bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

  Header header_;
  std::vector<std::uint8_t> content_;
  std::array<std::uint8_t, kFrameBytesMax> memory_;
  ByteView frame_;
};

TEST_F(Encode, FullAtaFrame) {
  AtaBody body;
  body.flags = 0x53;
  body.feature_or_error = 0x10;
  body.count = 255;
  body.command_or_status = 0x24;
  body.lba = {1, 2, 3, 4, 5, 6};
  body.data = content(255 * 512);
  const AtaBody decoded = round_trip(Command::ata, body, kFrameBytesMax);
  EXPECT_EQ(decoded.flags, body.flags);
  EXPECT_EQ(decoded.feature_or_error, body.feature_or_error);
  EXPECT_EQ(decoded.count, body.count);
  EXPECT_EQ(decoded.command_or_status, body.command_or_status);
  EXPECT_EQ(decoded.lba, body.lba);
  EXPECT_TRUE(same(decoded.data, body.data));
  EXPECT_EQ(frame_[34] | frame_[35], 0) << "reserved bytes";
}

TEST_F(Encode, FullConfigString) {
  ConfigBody body{64, 0x0100, 17, 1, 4, content(1024)};
  const ConfigBody decoded = round_trip(Command::config, body, 32 + 1024);
  EXPECT_EQ(decoded.buffer_count, 64);
  EXPECT_EQ(decoded.firmware, 0x0100);
  EXPECT_EQ(decoded.sectors_per_frame, 17);
  EXPECT_EQ(decoded.version, 1);
  EXPECT_EQ(decoded.op, 4);
  EXPECT_TRUE(same(decoded.text, body.text));
}

TEST_F(Encode, FullMaskList) {
  const MaskBody decoded = round_trip(Command::mask, MaskBody{1, 0, 255, content(255 * 8)}, 28 + 255 * 8);
  EXPECT_EQ(decoded.count, 255);
  EXPECT_TRUE(same(decoded.directives, content(255 * 8)));
}

TEST_F(Encode, FullReserveList) {
  const ReserveBody decoded = round_trip(Command::reserve, ReserveBody{2, content(255 * 6)}, 26 + 255 * 6);
  EXPECT_EQ(decoded.mac_count(), 255U);
  EXPECT_TRUE(same(decoded.macs, content(255 * 6)));
}

TEST_F(Encode, SmallestFramesAreZeroToTheSixtiethByte) {
  const auto padding_from = [&](std::size_t first) {
    for (std::size_t i = first; i < kMinFrameBytes; ++i) EXPECT_EQ(frame_[i], 0) << "byte " << i;
    EXPECT_EQ(memory_[kMinFrameBytes], 0xee);
    memory_.fill(0xee);
  };
  round_trip(Command::ata, AtaBody{}, 60);
  padding_from(36);
  round_trip(Command::config, ConfigBody{0, 0, 0, 1, 0, content(3)}, 60);
  padding_from(35);
  round_trip(Command::mask, MaskBody{}, 60);
  padding_from(28);
  round_trip(Command::reserve, ReserveBody{}, 60);
  padding_from(26);
}

TEST_F(Encode, FailedMaskEditCarriesItsCountAlone) {
  const MaskBody decoded = round_trip(Command::mask, MaskBody{1, 2, 200, {}}, 60);
  EXPECT_EQ(decoded.error, 2);
  EXPECT_EQ(decoded.count, 200);
  EXPECT_TRUE(decoded.directives.empty());
}

using EncodeDeathTest = Encode;

TEST_F(EncodeDeathTest, BreakingALimitIsOurMistake) {
  EXPECT_DEATH(encode(memory_, header_, ConfigBody{0, 0, 0, 1, 0, content(1025)}), "kConfigStringBytesMax");
  EXPECT_DEATH(encode(memory_, header_, MaskBody{0, 0, 2, content(8)}), "kMaskDirectiveBytes");
  EXPECT_DEATH(encode(memory_, header_, ReserveBody{0, content(7)}), "kMacBytes");
  EXPECT_DEATH(encode(MutableBytes(memory_).first(59), header_, UnknownBody{}), "remaining");
}

}  // namespace
}  // namespace aoekit::wire
