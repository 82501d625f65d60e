// The cursors never leave their memory and never invent bytes.
#include "base/cursor.h"

#include <gtest/gtest.h>

#include <array>

namespace aoekit {
namespace {

TEST(ByteReader, ReadsFieldsInWireOrder) {
  const std::array<std::uint8_t, 9> bytes{0x12, 0x34, 0xaa, 1, 2, 3, 4, 5, 6};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u16_be(), 0x1234);
  EXPECT_EQ(reader.u8(), 0xaa);
  EXPECT_EQ(reader.u48_le(), 0x060504030201U);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReader, ShortReadYieldsZeroAndStaysFailed) {
  const std::array<std::uint8_t, 3> bytes{1, 2, 3};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u32_be(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0U);
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
  std::array<std::uint8_t, 32> bytes{};
  ByteWriter writer(bytes);
  writer.u8(7);
  writer.u16_be(0x1234);
  writer.u32_be(0xdeadbeef);
  writer.u16_le(0x4321);
  writer.u48_le(0x123456789abc);
  writer.u64_le(0x1122334455667788);
  ByteReader reader(writer.written());
  EXPECT_EQ(reader.u8(), 7);
  EXPECT_EQ(reader.u16_be(), 0x1234);
  EXPECT_EQ(reader.u32_be(), 0xdeadbeefU);
  EXPECT_EQ(reader.u16_le(), 0x4321);
  EXPECT_EQ(reader.u48_le(), 0x123456789abcU);
  EXPECT_EQ(reader.u64_le(), 0x1122334455667788U);
  EXPECT_TRUE(reader.ok());
}

TEST(ByteWriterDeathTest, WritingPastTheEndAborts) {
  std::array<std::uint8_t, 1> bytes{};
  ByteWriter writer(bytes);
  EXPECT_DEATH(writer.u16_be(1), "count <= remaining");
}

}  // namespace
}  // namespace aoekit
