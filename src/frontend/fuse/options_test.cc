// The command line: what it may say, and the words for what it may not.
#include "frontend/fuse/options.h"

#include <gtest/gtest.h>

#include "lib/aoekit.h"

namespace aoekit::fuse {
namespace {

Result<std::variant<Options, PrintAndLeave>> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "aoefuse");
  return parse_options(static_cast<int>(words.size()), words.data());
}

Options good(std::vector<const char*> words) {
  const auto parsed = parse(std::move(words));
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? std::get<Options>(*parsed) : Options{};
}

TEST(Options, TheSafeWayByDefault) {
  const Options options = good({"/dev/etherd"});
  EXPECT_EQ(options.directory, "/dev/etherd");
  EXPECT_EQ(options.interfaces, "");
  EXPECT_TRUE(options.filter.allows({1, 2}));
  EXPECT_EQ(options.access, Access::read_write);
  EXPECT_EQ(options.page_cache, PageCache::off);
  EXPECT_EQ(options.io_uring, IoUring::automatic);
  EXPECT_EQ(options.lifetime, Lifetime::daemon);
  EXPECT_EQ(options.dead_seconds, 180u);
}

TEST(Options, All) {
  const Options options = good({"-f", "-r", "-i", "eth0,eth1", "-i", "eth2", "--devices", "e1.2", "--devices", "3.*",
                                "--cache", "on", "--io-uring", "off", "--dead-seconds", "5", "--source", "me", "d"});
  EXPECT_EQ(options.interfaces, "eth0,eth1,eth2");
  EXPECT_TRUE(options.filter.allows({3, 3}));
  EXPECT_FALSE(options.filter.allows({1, 3}));
  EXPECT_EQ(options.access, Access::read_only);
  EXPECT_EQ(options.page_cache, PageCache::on);
  EXPECT_EQ(options.io_uring, IoUring::off);
  EXPECT_EQ(options.lifetime, Lifetime::foreground);
  EXPECT_EQ(options.dead_seconds, 5u);
  EXPECT_EQ(options.source, "me");
  EXPECT_EQ(good({"--wait-forever", "d"}).dead_seconds, AOE_FOREVER);
}

TEST(Options, WhatCannotBeMeant) {
  for (const std::vector<const char*>& words :
       {std::vector<const char*>{}, {"--devices", "eth0", "d"}, {"--cache", "maybe", "d"}, {"--dead-seconds", "0", "d"},
        {"--io-uring", "on", "d"},
        {"--dead-seconds", "5", "--wait-forever", "d"}, {"a", "b"}, {"--what", "d"}, {"--source", "a,b", "d"}}) {
    EXPECT_FALSE(parse(words));
  }
}

TEST(Options, HelpAndVersion) {
  EXPECT_NE(std::get<PrintAndLeave>(*parse({"--help"})).text.find("/dev/etherd"), std::string::npos);
  EXPECT_EQ(std::get<PrintAndLeave>(*parse({"--version"})).text.find("aoefuse (aoekit) "), 0u);
}

}  // namespace
}  // namespace aoekit::fuse
