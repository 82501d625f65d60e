// The documented frames decode to what the documentation says, print as one line, and encode to the same bytes.
#include "wire/example_frames.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/print.h"

namespace aoekit::wire {
namespace {

std::vector<std::uint8_t> example(std::string_view name) {
  for (const ExampleFrame& frame : kExampleFrames) {
    if (name == frame.name) return bytes_from_hex(frame.hex);
  }
  ADD_FAILURE() << "no example " << name;
  return {};
}

// Keeps the bytes alive beside the views into them.
template <class T>
struct Decoded {
  explicit Decoded(std::string_view name) : bytes(example(name)) {
    header = decode_header(bytes).value();
    body = std::get<T>(decode_body(header, bytes).value());
  }
  std::vector<std::uint8_t> bytes;
  Header header;
  T body;
};

constexpr MacAddress kStation{{0x02, 0, 0, 0, 0, 0xa1}};
constexpr MacAddress kTarget{{0x02, 0, 0, 0, 0, 0x01}};

TEST(ExampleFrames, PrintAsOneLine) {
  for (const ExampleFrame& frame : kExampleFrames) {
    EXPECT_EQ(describe(bytes_from_hex(frame.hex)), frame.text) << frame.name;
  }
}

TEST(ExampleFrames, EncodeToTheSameBytesAndZeroPadding) {
  std::array<std::uint8_t, 2048> memory;
  for (const ExampleFrame& frame : kExampleFrames) {
    SCOPED_TRACE(frame.name);
    std::vector<std::uint8_t> expected = bytes_from_hex(frame.hex);
    const Header header = decode_header(expected).value();
    const auto body = decode_body(header, expected);
    ASSERT_TRUE(body.has_value());
    memory.fill(0xee);
    const ByteView encoded =
        std::visit([&](const auto& content) { return encode(memory, header, content); }, *body);
    // What aoecfg sends behind its string is not part of the message.
    if (std::string_view(frame.name) == "aoecfg-set") expected.resize(35);
    expected.resize(std::max(expected.size(), kMinFrameBytes));
    EXPECT_EQ(std::vector<std::uint8_t>(encoded.begin(), encoded.end()), expected);
  }
}

TEST(ExampleFrames, Discovery) {
  const Decoded<ConfigBody> frame("linux-discovery");
  EXPECT_EQ(frame.bytes.size(), kConfigHeaderBytes);
  EXPECT_TRUE(frame.header.destination.is_broadcast());
  EXPECT_EQ(frame.header.source, kStation);
  EXPECT_EQ(frame.header.version, 1);
  EXPECT_FALSE(frame.header.is_response() || frame.header.is_error());
  EXPECT_EQ(frame.header.address, kEverybody);
  EXPECT_EQ(frame.header.tag, 0U);
  EXPECT_EQ(config_op_from(frame.body.op), ConfigOp::read);
}

TEST(ExampleFrames, DiscoveryReply) {
  const Decoded<ConfigBody> frame("vblade-discovery-reply");
  EXPECT_TRUE(frame.header.is_response());
  EXPECT_EQ(frame.header.address, (AoeAddress{1, 2}));
  EXPECT_EQ(frame.body.buffer_count, 16);
  EXPECT_EQ(frame.body.firmware, 0x4019);
  EXPECT_EQ(frame.body.sectors_per_frame, 2);
  EXPECT_EQ(frame.body.version, 1);
  EXPECT_TRUE(frame.body.text.empty());
}

TEST(ExampleFrames, ReadAndWrite) {
  const Decoded<AtaBody> read("linux-read48");
  EXPECT_TRUE(read.body.is_extended());
  EXPECT_FALSE(read.body.is_write());
  EXPECT_EQ(read.body.lba, (std::array<std::uint8_t, 6>{0x9a, 0x78, 0x56, 0x34, 0x12, 0}));
  EXPECT_TRUE(read.body.data.empty());
  const Decoded<AtaBody> write("linux-write28");
  EXPECT_TRUE(write.body.is_write());
  EXPECT_EQ(write.body.data.size(), 1024U);
  EXPECT_EQ(write.body.data[1023], 0x5a);
}

TEST(ExampleFrames, ConfigStringEndsWhereItsLengthSays) {
  const Decoded<ConfigBody> frame("aoecfg-set");
  EXPECT_EQ(frame.bytes.size(), 1056U);
  EXPECT_EQ(std::string(frame.body.text.begin(), frame.body.text.end()), "abc");
  EXPECT_EQ(config_op_from(frame.body.op), ConfigOp::set);
}

TEST(ExampleFrames, ListsOfStations) {
  const Decoded<MaskBody> mask("mask-edit");
  EXPECT_EQ(mask.body.directive(0).op, 1);
  EXPECT_EQ(mask.body.directive(0).mac, kStation);
  EXPECT_EQ(mask.body.directive(1).op, 2);
  const Decoded<ReserveBody> reserve("reserve-set");
  ASSERT_EQ(reserve.body.mac_count(), 1U);
  EXPECT_EQ(reserve.body.mac(0), kStation);
}

TEST(Replies, GoBackWithTheRealAddressAndTheSameTag) {
  const Decoded<AtaBody> probe("winaoe-probe");
  const Header reply = reply_header(probe.header, kTarget, {1, 2});
  EXPECT_EQ(reply.destination, kStation);
  EXPECT_EQ(reply.source, kTarget);
  EXPECT_EQ(reply.address, (AoeAddress{1, 2}));
  EXPECT_EQ(reply.tag, 0x78563412U);
  EXPECT_EQ(reply.command, 0);
  EXPECT_EQ(reply.flags, kFlagResponse);
  EXPECT_EQ(reply.error, 0);
}

TEST(Replies, AreVersionOneWhateverWasAsked) {
  std::vector<std::uint8_t> bytes = example("linux-discovery");
  bytes[14] = 0x23;  // version 2 and two reserved flags
  const Header request = decode_header(bytes).value();
  EXPECT_EQ(request.version, 2);
  const Header reply = error_header(request, kTarget, {1, 2}, AoeError::unsupported_version);
  std::array<std::uint8_t, kMinFrameBytes> memory;
  EXPECT_EQ(encode(memory, reply, UnknownBody{})[14], 0x1c);
  EXPECT_EQ(memory[15], 5);
}

TEST(Replies, EncodeAroundDataTouchesNothingOfIt) {
  std::array<std::uint8_t, 600> memory;
  memory.fill(0xee);
  const Header header = decode_header(example("write-reply")).value();
  const ByteView large = encode_around_data(memory, header, AtaBody{}, 512);
  EXPECT_EQ(large.size(), 548U);
  EXPECT_TRUE(std::all_of(memory.begin() + 36, memory.end(), [](std::uint8_t byte) { return byte == 0xee; }));
  const ByteView small = encode_around_data(memory, header, AtaBody{}, 4);
  EXPECT_EQ(small.size(), kMinFrameBytes);
  EXPECT_EQ(small[39], 0xee);
  for (std::size_t i = 40; i < 60; ++i) EXPECT_EQ(small[i], 0) << i;
  EXPECT_EQ(memory[60], 0xee);
}

}  // namespace
}  // namespace aoekit::wire
