// Sizes and times: what is understood, what is not, and that what is written reads back equal.
#include "config/quantity.h"

#include <gtest/gtest.h>

#include "base/prng.h"

namespace aoekit::config {
namespace {

TEST(Quantity, SizesHaveBinaryAndDecimalUnits) {
  EXPECT_EQ(parse_bytes("0"), 0U);
  EXPECT_EQ(parse_bytes("7B"), 7U);
  EXPECT_EQ(parse_bytes("10G"), std::uint64_t{10} << 30);
  EXPECT_EQ(parse_bytes("10 GiB"), std::uint64_t{10} << 30);
  EXPECT_EQ(parse_bytes("10GB"), 10'000'000'000U);
  EXPECT_EQ(parse_bytes("3k"), 3072U);
  EXPECT_EQ(parse_bytes("3kB"), 3000U);
  EXPECT_EQ(parse_bytes("2048s"), 1048576U);
  EXPECT_EQ(parse_bytes("9223372036854775807"), std::uint64_t{INT64_MAX});
}

TEST(Quantity, WhatIsNoSizeSaysWhy) {
  EXPECT_EQ(parse_bytes("").error().message, "'' does not begin with a whole number");
  EXPECT_EQ(parse_bytes("-1").error().message, "'-1' does not begin with a whole number");
  EXPECT_EQ(parse_bytes("1.5G").error().message, "'1.5G' is not a whole number");
  EXPECT_EQ(parse_bytes("1g").error().message, "'1g' has the unknown unit 'g'");
  EXPECT_EQ(parse_bytes("9223372036854775808").error().message, "'9223372036854775808' is too large");
  EXPECT_EQ(parse_bytes("99999999999999999999").error().message, "'99999999999999999999' is too large");
  EXPECT_EQ(parse_bytes("8192PiB").error().message, "'8192PiB' is too large");
}

TEST(Quantity, Times) {
  EXPECT_EQ(parse_duration("50us"), std::chrono::microseconds(50));
  EXPECT_EQ(parse_duration("2min"), std::chrono::minutes(2));
  EXPECT_EQ(parse_duration("1 d"), std::chrono::hours(24));
  EXPECT_EQ(parse_duration("5").error().message, "'5' has no unit");
  EXPECT_EQ(parse_duration("5m").error().message, "'5m' has the unknown unit 'm'");
  EXPECT_EQ(parse_duration("99999d").error().message, "'99999d' is too large");
}

TEST(Quantity, WhatIsWrittenReadsBackEqual) {
  EXPECT_EQ(format_bytes(0), "0");
  EXPECT_EQ(format_bytes(1000), "1000");
  EXPECT_EQ(format_bytes(1536), "3s");
  EXPECT_EQ(format_bytes(std::uint64_t{10} << 30), "10GiB");
  EXPECT_EQ(format_duration(std::chrono::seconds(90)), "90s");
  EXPECT_EQ(format_duration(Duration(0)), "0s");
  Prng prng(1);
  for (int i = 0; i < 10000; ++i) {
    const std::uint64_t number = prng.next() >> (1 + prng.next() % 63);
    EXPECT_EQ(parse_bytes(format_bytes(number)), number);
    const Duration duration(static_cast<std::int64_t>(number % 3'000'000'000'000'000'000));
    EXPECT_EQ(parse_duration(format_duration(duration)), duration);
  }
}

}  // namespace
}  // namespace aoekit::config
