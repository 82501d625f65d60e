// Range arithmetic cannot be overflowed by hostile input.
#include "base/units.h"

#include <gtest/gtest.h>

namespace aoekit {
namespace {

TEST(SectorRange, FitsWithoutOverflow) {
  const Sectors size{1000};
  EXPECT_TRUE((SectorRange{{0}, {1000}}.fits(size)));
  EXPECT_TRUE((SectorRange{{1000}, {0}}.fits(size)));
  EXPECT_FALSE((SectorRange{{1000}, {1}}.fits(size)));
  EXPECT_FALSE((SectorRange{{999}, {2}}.fits(size)));
  EXPECT_FALSE((SectorRange{{UINT64_MAX}, {2}}.fits(size)));
  EXPECT_FALSE((SectorRange{{2}, {UINT64_MAX}}.fits(size)));
}

TEST(SectorRange, OverlapIsHalfOpen) {
  const SectorRange range{{10}, {5}};
  EXPECT_TRUE(range.overlaps({{14}, {1}}));
  EXPECT_TRUE(range.overlaps({{0}, {11}}));
  EXPECT_FALSE(range.overlaps({{15}, {1}}));
  EXPECT_FALSE(range.overlaps({{0}, {10}}));
}

}  // namespace
}  // namespace aoekit
