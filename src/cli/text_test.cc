// Text that people read and type.
#include "cli/text.h"

#include <gtest/gtest.h>

namespace aoekit::cli {
namespace {

TEST(Text, PrintableShowsEveryByteUnambiguously) {
  const std::vector<std::uint8_t> bytes{'a', '\\', 0, 0xff, '~', 0x7f};
  EXPECT_EQ(printable(bytes), "a\\\\\\x00\\xff~\\x7f");
}

TEST(Text, HexGoesBothWays) {
  const std::vector<std::uint8_t> bytes{0x0a, 0xff};
  EXPECT_EQ(hex(bytes), "0aff");
  EXPECT_EQ(parse_hex("0aFF").value(), bytes);
  EXPECT_TRUE(parse_hex("").value().empty());
  EXPECT_FALSE(parse_hex("abc"));
  EXPECT_FALSE(parse_hex("zz"));
}

TEST(Text, SizesHaveThreeDigits) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(512), "512 B");
  EXPECT_EQ(human_size(1536), "1.5 KiB");
  EXPECT_EQ(human_size(10ULL << 30), "10 GiB");
  EXPECT_EQ(human_size((1ULL << 30) - 1), "1 GiB");
  EXPECT_EQ(human_size(123456789), "118 MiB");
  EXPECT_EQ(human_size(UINT64_MAX), "16 EiB");
}

TEST(Text, AddressesMayHaveWildcardsWhereManyMayAnswer) {
  EXPECT_EQ(parse_query_address("all").value(), wire::kEverybody);
  EXPECT_EQ(parse_query_address("e*.3").value(), (wire::AoeAddress{0xffff, 3}));
  EXPECT_EQ(parse_query_address("7.*").value(), (wire::AoeAddress{7, 0xff}));
  EXPECT_NE(parse_query_address("e1").error().message.find("'e1'"), std::string::npos);
  EXPECT_NE(parse_query_address("e*.x").error().message.find("'e*.x'"), std::string::npos);
  EXPECT_EQ(parse_target_address("e1.2").value(), (wire::AoeAddress{1, 2}));
  EXPECT_FALSE(parse_target_address("e1.*"));
  EXPECT_FALSE(parse_target_address("all"));
}

TEST(Text, TableAlignsColumns) {
  EXPECT_EQ(table({{"A", "LONG"}, {"bbbb", "c"}, {"x"}}), "A     LONG\nbbbb  c\nx\n");
}

}  // namespace
}  // namespace aoekit::cli
