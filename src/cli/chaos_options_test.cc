// Quantities with units: read strictly, written so that they can be read again.
#include "cli/chaos_options.h"

#include <gtest/gtest.h>

namespace aoekit::cli {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ChaosOptions, Percentages) {
  EXPECT_DOUBLE_EQ(parse_percentage("1%").value(), 0.01);
  EXPECT_DOUBLE_EQ(parse_percentage("0.1%").value(), 0.001);
  EXPECT_DOUBLE_EQ(parse_percentage("100%").value(), 1);
  for (const char* bad : {"", "%", "1", "0.01", "101%", "-1%", "1%%", "1 %", "nan%", "inf%", "-0%"}) {
    EXPECT_FALSE(parse_percentage(bad)) << bad;
  }
}

TEST(ChaosOptions, Durations) {
  EXPECT_EQ(parse_duration("20us"), microseconds(20));
  EXPECT_EQ(parse_duration("1.5ms"), microseconds(1500));
  EXPECT_EQ(parse_duration("2s"), seconds(2));
  EXPECT_EQ(parse_duration("3m"), seconds(180));
  for (const char* bad : {"", "5", "s", "-1s", "1h", "1e3s", "2s ", "99999999999999s"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
  for (const Duration duration : {Duration(microseconds(20)), Duration(microseconds(1500)), Duration(seconds(90))}) {
    EXPECT_EQ(parse_duration(duration_text(duration)), duration);
  }
}

TEST(ChaosOptions, Ranges) {
  EXPECT_EQ(parse_duration_range("5ms"), (chaos::DurationRange{milliseconds(5), milliseconds(5)}));
  EXPECT_EQ(parse_duration_range("1ms..20ms"), (chaos::DurationRange{milliseconds(1), milliseconds(20)}));
  for (const char* bad : {"20ms..1ms", "..", "1ms..", "..1ms", "1ms...2ms", "1..2ms"}) {
    EXPECT_FALSE(parse_duration_range(bad)) << bad;
  }
}

TEST(ChaosOptions, Cuts) {
  const auto cut = parse_cut("2s..5s/30s");
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->length, (chaos::DurationRange{seconds(2), seconds(5)}));
  EXPECT_EQ(cut->period, seconds(30));
  EXPECT_TRUE(parse_cut("1s/1s"));
  for (const char* bad : {"2s", "2s/", "/30s", "31s/30s", "0s/0s", "1s..31s/30s"}) EXPECT_FALSE(parse_cut(bad)) << bad;
}

TEST(ChaosOptions, Rates) {
  EXPECT_EQ(parse_rate("100M"), 100'000'000U);
  EXPECT_EQ(parse_rate("2.5G"), 2'500'000'000U);
  EXPECT_EQ(parse_rate("64000"), 64'000U);
  for (const char* bad : {"0", "1", "fast", "100Mbit", "10000G"}) EXPECT_FALSE(parse_rate(bad)) << bad;
}

TEST(ChaosOptions, FaultsAsText) {
  EXPECT_EQ(faults_text({}), "nothing");
  const chaos::FaultOptions faults{.loss = 0.01,
                                   .delay = {milliseconds(1), milliseconds(20)},
                                   .cut = chaos::CutOptions{{seconds(2), seconds(5)}, seconds(30)},
                                   .afflicted = chaos::Afflicted::aoe_only};
  EXPECT_EQ(faults_text(faults), "loss 1%, delay 1ms..20ms, cut for 2s..5s in each 30s, of AoE frames only");
}

}  // namespace
}  // namespace aoekit::cli
