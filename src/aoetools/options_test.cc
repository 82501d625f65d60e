// The command lines of aoeping and aoecfg.
#include <gtest/gtest.h>

#include "aoetools/cfg_options.h"
#include "aoetools/ping_options.h"

namespace aoekit::aoetools {
namespace {

// argv for getopt, which permutes it.
class Arguments {
 public:
  explicit Arguments(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
  }
  std::span<char*> argv() { return std::span(pointers_).first(words_.size()); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

auto ping(std::vector<std::string> words) {
  words.insert(words.begin(), "aoeping");
  return parse_ping_options(Arguments(std::move(words)).argv());
}

auto cfg(std::vector<std::string> words) {
  words.insert(words.begin(), "aoecfg");
  return parse_cfg_options(Arguments(std::move(words)).argv());
}

TEST(PingOptions, Plain) {
  const auto options = ping({"1", "2", "eth0"});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->address, (wire::AoeAddress{1, 2}));
  EXPECT_EQ(options->interface, "eth0");
  EXPECT_FALSE(options->verbose || options->help || options->timeout_s || options->smart);
}

TEST(PingOptions, OptionsMayComeLast) {
  const auto options = ping({"1", "2", "eth0", "-v", "-I", "-i", "-s", "3", "-t", "7", "-S", "read_log:6"});
  ASSERT_TRUE(options.has_value());
  EXPECT_TRUE(options->verbose);
  EXPECT_EQ(options->identify, PingOptions::Identify::fields);
  EXPECT_EQ(options->timeout_s, 3U);
  EXPECT_EQ(options->first_tag, 7U);
  EXPECT_EQ(options->smart->feature, 0xd5);
  EXPECT_EQ(options->smart_lba0, 6);
}

TEST(PingOptions, WhatCannotBeMeant) {
  EXPECT_EQ(ping({"-s", "0", "1", "2", "lo"}).error().message, "timeout seconds must be one or more");
  EXPECT_EQ(ping({"-S", "bogus", "1", "2", "lo"}).error().message, "no such SMART command: bogus");
  EXPECT_EQ(ping({"-S", "read_log:256", "1", "2", "lo"}).error().message, "no such SMART command: read_log:256");
  EXPECT_EQ(ping({"-t", "4294967296", "1", "2", "lo"}).error().show_usage, false);
  EXPECT_TRUE(ping({}).error().show_usage);
  EXPECT_TRUE(ping({"1", "2"}).error().show_usage);
  EXPECT_TRUE(ping({"1", "2", "lo", "x"}).error().show_usage);
  for (const char* shelf : {"x", "1x", "-1", "65535", ""}) {
    EXPECT_FALSE(ping({"--", shelf, "2", "lo"}).has_value()) << shelf;
  }
  EXPECT_FALSE(ping({"1", "255", "lo"}).has_value());
}

TEST(CfgOptions, HowManyArgumentsMeanWhat) {
  EXPECT_EQ(cfg({})->address, wire::kEverybody);
  EXPECT_EQ(cfg({})->interface, "eth0");
  EXPECT_EQ(cfg({"eth1"})->interface, "eth1");
  EXPECT_EQ(cfg({"1", "2"})->address, (wire::AoeAddress{1, 2}));
  EXPECT_EQ(cfg({"1", "2"})->interface, "eth0");
  EXPECT_EQ(cfg({"0x10", "010", "eth1"})->address, (wire::AoeAddress{16, 8}));
  EXPECT_TRUE(cfg({"1", "2"})->for_one());
  EXPECT_FALSE(cfg({"65535", "2"})->for_one());
  EXPECT_FALSE(cfg({"1", "255"})->for_one());
  EXPECT_EQ(cfg({"1", "2", "3"}).error().message, "\"3\" is not a valid network interface");
  EXPECT_EQ(cfg({"1", "2", "eth0", "x"}).error().message, "");
}

TEST(CfgOptions, OperationsStringsTimes) {
  const auto options = cfg({"-c", "fset", "-s", "text", "-t", "3", "1", "2", "eth0"});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->op, wire::ConfigOp::force_set);
  EXPECT_EQ(options->text, "text");
  EXPECT_EQ(options->timeout_s, 3U);
  EXPECT_FALSE(cfg({"-c", "rea"}).has_value());
  EXPECT_FALSE(cfg({"-t", "x"}).has_value());
  EXPECT_FALSE(cfg({"65536", "2"}).has_value());
  EXPECT_FALSE(cfg({"1", "eth0"}).has_value());
  EXPECT_TRUE(cfg({"-s", std::string(1024, 'x')}).has_value());
  EXPECT_FALSE(cfg({"-s", std::string(1025, 'x')}).has_value());
}

}  // namespace
}  // namespace aoekit::aoetools
