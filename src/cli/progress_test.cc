// The progress line at its beginning, middle and end.
#include "cli/progress.h"

#include <gtest/gtest.h>

namespace aoekit::cli {
namespace {

using std::chrono::seconds;

TEST(Progress, ShowsShareRateAndTimeLeft) {
  EXPECT_EQ(format_progress({1 << 20, 4 << 20, seconds(1)}),
            " 25% [======>                 ] 1 MiB of 4 MiB, 1 MiB/s, 0:03 left");
}

TEST(Progress, BeginningAndEndNeedNoDivision) {
  EXPECT_EQ(format_progress({0, 100, seconds(0)}), "  0% [>                       ] 0 B of 100 B, -");
  EXPECT_EQ(format_progress({100, 100, seconds(1)}), "100% [========================] 100 B of 100 B, 100 B/s");
  EXPECT_EQ(format_progress({0, 0, seconds(0)}), "100% [========================] 0 B of 0 B, -");
}

TEST(Progress, WhatAnEarlierRunDidIsNoneOfTheRate) {
  EXPECT_EQ(format_progress({3 << 20, 4 << 20, seconds(1), 2 << 20}),
            " 75% [==================>     ] 3 MiB of 4 MiB, 1 MiB/s, 0:01 left");
}

TEST(Progress, UnknownTotal) { EXPECT_EQ(format_progress({2048, std::nullopt, seconds(2)}), "2 KiB, 1 KiB/s"); }

TEST(Progress, Clock) {
  EXPECT_EQ(format_clock(seconds(7)), "0:07");
  EXPECT_EQ(format_clock(seconds(754)), "12:34");
  EXPECT_EQ(format_clock(seconds(3723)), "1:02:03");
}

}  // namespace
}  // namespace aoekit::cli
