// A reload touches what differs, and nothing else.
#include "daemon/config_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aoekit::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

config::ExportConfig exported(std::uint8_t slot, const std::string& path) {
  config::ExportConfig config;
  config.address = {1, slot};
  config.path = path;
  return config;
}

TEST(ConfigDiff, NothingDiffers) {
  config::Config config;
  config.exports = {exported(1, "a"), exported(2, "b")};
  config::Config again = config;
  again.exports[0].place = {"aoed.toml", 17};
  const ConfigDiff found = diff(ConfigFiles(config), ConfigFiles(again));
  EXPECT_THAT(found.added, IsEmpty());
  EXPECT_THAT(found.changed, IsEmpty()) << "a line that moved is no change";
  EXPECT_THAT(found.removed, IsEmpty());
  EXPECT_THAT(found.at_next_start, IsEmpty());
}

TEST(ConfigDiff, ExportsComeChangeAndGo) {
  config::Config before;
  before.exports = {exported(1, "a"), exported(2, "b"), exported(4, "d"), exported(9, "i")};
  config::Config after;
  after.exports = {exported(0, "z"), exported(2, "other"), exported(3, "c"), exported(4, "d")};
  const ConfigDiff found = diff(ConfigFiles(before), ConfigFiles(after));
  ASSERT_EQ(found.added.size(), 2U);
  EXPECT_EQ(found.added[0]->path, "z");
  EXPECT_EQ(found.added[1]->path, "c");
  ASSERT_EQ(found.changed.size(), 1U);
  EXPECT_EQ(found.changed[0]->path, "other");
  EXPECT_THAT(found.removed, ElementsAre(wire::AoeAddress{1, 1}, wire::AoeAddress{1, 9}));
}

TEST(ConfigDiff, WhatCannotChangeLiveIsNamed) {
  config::Config before;
  config::Config after;
  after.daemon.state = "/elsewhere";
  after.daemon.threads = 7;
  after.daemon.log_level = "debug";
  after.daemon.interfaces = {"eth9"};
  EXPECT_THAT(diff(ConfigFiles(before), ConfigFiles(after)).at_next_start, ElementsAre("state", "threads"));
}

}  // namespace
}  // namespace aoekit::daemon
