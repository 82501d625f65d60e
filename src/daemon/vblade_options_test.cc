// Arguments: what vblade 25 takes is taken, what it let through by mistake is refused with the thing's name.
#include "daemon/vblade_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aoekit::daemon {
namespace {

using ::testing::HasSubstr;

Result<std::variant<VbladeOptions, PrintAndLeave>> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "vblade");
  return parse_vblade_options(static_cast<int>(words.size()), words.data());
}

std::string error_of(const std::vector<const char*>& words) {
  const auto result = parse(words);
  return result ? "" : result.error().message;
}

TEST(VbladeOptions, DefaultsAreThoseOfTheManPage) {
  const auto result = parse({"1", "2", "eth0", "/dev/sda1"});
  ASSERT_TRUE(result.has_value());
  const auto& options = std::get<VbladeOptions>(*result);
  EXPECT_EQ(options.address, (wire::AoeAddress{1, 2}));
  EXPECT_EQ(options.interface, "eth0");
  EXPECT_EQ(options.path, "/dev/sda1");
  EXPECT_EQ(options.buffer_count, 64);
  EXPECT_EQ(options.sync, backend::Sync::on_flush);
  EXPECT_FALSE(options.length.has_value());
  EXPECT_EQ(options.busy_wait, std::chrono::microseconds(50));
}

TEST(VbladeOptions, BusyWait) {
  const auto result = parse({"--busy-wait", "0", "1", "2", "eth0", "x"});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(std::get<VbladeOptions>(*result).busy_wait, Duration::zero());
  EXPECT_THAT(error_of({"--busy-wait", "5s", "1", "2", "eth0", "x"}), HasSubstr("--busy-wait '5s' is not a number"));
  EXPECT_THAT(error_of({"--busy-wait", "1001", "1", "2", "eth0", "x"}), HasSubstr("from 0 to 1000"));
}

TEST(VbladeOptions, Receive) {
  const auto result = parse({"--receive", "socket", "1", "2", "eth0", "x"});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(std::get<VbladeOptions>(*result).receive_by, net::ReceiveBy::socket);
  EXPECT_THAT(error_of({"--receive", "xdp", "1", "2", "eth0", "x"}), HasSubstr("'xdp' is none of automatic"));
}

TEST(VbladeOptions, AllOptionsOfVblade) {
  const auto result = parse({"-b", "16", "-d", "-s", "-r", "-m", "00:11:22:33:44:55,001122334466", "-o", "0x10", "-l",
                             "100", "65534", "254", "eth0", "x.img"});
  ASSERT_TRUE(result.has_value()) << result.error().message;
  const auto& options = std::get<VbladeOptions>(*result);
  EXPECT_EQ(options.buffer_count, 16);
  EXPECT_EQ(options.caching, backend::Caching::direct);
  EXPECT_EQ(options.sync, backend::Sync::every_write);
  EXPECT_EQ(options.access, backend::Access::read_only);
  EXPECT_EQ(options.mask.size(), 2U);
  EXPECT_EQ(options.first_sector, Sectors{16});
  EXPECT_EQ(options.length, Sectors{100});
}

TEST(VbladeOptions, MaskTakesOneWordAndMayBeRepeated) {
  const auto result = parse({"-m", "001122334455", "-m", "001122334466", "1", "2", "eth0", "f", "-r"});
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(std::get<VbladeOptions>(*result).mask.size(), 2U);
  EXPECT_EQ(std::get<VbladeOptions>(*result).access, backend::Access::read_only);
}

TEST(VbladeOptions, BadValuesAreNamed) {
  EXPECT_THAT(error_of({"65535", "2", "eth0", "f"}), HasSubstr("shelf '65535' is not a number from 0 to 65534"));
  EXPECT_THAT(error_of({"1", "255", "eth0", "f"}), HasSubstr("slot '255'"));
  EXPECT_THAT(error_of({"one", "2", "eth0", "f"}), HasSubstr("shelf 'one'"));
  EXPECT_THAT(error_of({"1", "2x", "eth0", "f"}), HasSubstr("slot '2x'"));
  EXPECT_THAT(error_of({"-b", "0", "1", "2", "eth0", "f"}), HasSubstr("buffer count '0'"));
  EXPECT_THAT(error_of({"-l", "0", "1", "2", "eth0", "f"}), HasSubstr("length '0'"));
  EXPECT_THAT(error_of({"-o", "99999999999999999999", "1", "2", "eth0", "f"}), HasSubstr("offset"));
  EXPECT_THAT(error_of({"-m", "00:11:22:33:44", "1", "2", "eth0", "f"}), HasSubstr("-m: '00:11:22:33:44'"));
  EXPECT_THAT(error_of({"-m", "ff:ff:ff:ff:ff:ff", "1", "2", "eth0", "f"}), HasSubstr("multicast"));
}

TEST(VbladeOptions, WrongWordsGetTheUsage) {
  EXPECT_THAT(error_of({"1", "2", "eth0"}), HasSubstr("usage: vblade"));
  EXPECT_THAT(error_of({"1", "2", "eth0", "f", "more"}), HasSubstr("usage: vblade"));
  EXPECT_THAT(error_of({"-x", "1", "2", "eth0", "f"}), HasSubstr("usage: vblade"));
}

TEST(VbladeOptions, HelpAndVersion) {
  EXPECT_THAT(std::get<PrintAndLeave>(*parse({"--help"})).text, HasSubstr("Examples:"));
  EXPECT_THAT(std::get<PrintAndLeave>(*parse({"--version"})).text, HasSubstr("aoekit"));
}

}  // namespace
}  // namespace aoekit::daemon
