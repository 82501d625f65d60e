// Names of files, and the allow-list.
#include <gtest/gtest.h>

#include "frontend/fuse/address.h"
#include "frontend/fuse/device_filter.h"

namespace aoekit::fuse {
namespace {

TEST(FileName, DisksAndPartitions) {
  EXPECT_EQ(parse_file_name("e1.2"), (FileName{{1, 2}, 0}));
  EXPECT_EQ(parse_file_name("e65534.254p15"), (FileName{{65534, 254}, 15}));
  EXPECT_EQ((Address{7, 0}).name(), "e7.0");
}

TEST(FileName, NothingElse) {
  for (const char* text : {"", "e", "e1", "e1.", "1.2", "e1.2p", "e1.2p0", "e01.2", "e1.02", "e1.2p01", "e1.2 ", "e-1.2",
                           "e65535.1", "e1.255", "e*.2", "e1.2q1", "e1.2p1p1", "e99999999999.1"}) {
    EXPECT_FALSE(parse_file_name(text)) << text;
  }
}

TEST(DeviceFilter, EmptyAllowsAll) { EXPECT_TRUE(DeviceFilter().allows({9, 9})); }

TEST(DeviceFilter, Patterns) {
  const auto filter = DeviceFilter::parse("e1.2,3.*,e*.7");
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->allows({1, 2}));
  EXPECT_FALSE(filter->allows({1, 3}));
  EXPECT_TRUE(filter->allows({3, 200}));
  EXPECT_TRUE(filter->allows({500, 7}));
  EXPECT_FALSE(filter->allows({12, 2}));
}

TEST(DeviceFilter, NamesTheBadWord) {
  for (const char* text : {"", "e1", "e1.2,", "e1.2,,e2.1", "eth0", "e1.2p1", "e65535.0", "e1.2.3"}) {
    EXPECT_FALSE(DeviceFilter::parse(text)) << text;
  }
  EXPECT_EQ(DeviceFilter::parse("e1.2,eth0").error().message,
            "'eth0' is not a disk or a pattern like e1.2, e3.* or e*.0");
}

}  // namespace
}  // namespace aoekit::fuse
