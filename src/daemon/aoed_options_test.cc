// The command line of aoed.
#include "daemon/aoed_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aoekit::daemon {
namespace {

using ::testing::HasSubstr;

Result<std::variant<AoedOptions, PrintAndLeave>> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "aoed");
  return parse_aoed_options(static_cast<int>(words.size()), words.data());
}

TEST(AoedOptions, DefaultsAreThoseOfTheManPage) {
  const auto options = std::get<AoedOptions>(*parse({}));
  EXPECT_EQ(options.config_file, "/etc/aoekit/aoed.toml");
  EXPECT_EQ(options.task, Task::serve);
  EXPECT_EQ(options.filter, Filter::system_calls);
  EXPECT_FALSE(options.log_level.has_value());
}

TEST(AoedOptions, All) {
  const auto options =
      std::get<AoedOptions>(*parse({"-c", "x.toml", "--check", "--log-level", "debug", "--no-seccomp"}));
  EXPECT_EQ(options.config_file, "x.toml");
  EXPECT_EQ(options.task, Task::check);
  EXPECT_EQ(options.filter, Filter::nothing);
  EXPECT_EQ(options.log_level, LogLevel::debug);
}

TEST(AoedOptions, MistakesAreNamed) {
  EXPECT_THAT(parse({"--log-level", "loud"}).error().message, HasSubstr("'loud' is not a log level"));
  EXPECT_THAT(parse({"--nonsense"}).error().message, HasSubstr("usage: aoed"));
  EXPECT_THAT(parse({"e1.2"}).error().message, HasSubstr("usage: aoed"));
}

TEST(AoedOptions, HelpAndVersion) {
  EXPECT_THAT(std::get<PrintAndLeave>(*parse({"--help"})).text, HasSubstr("--check"));
  EXPECT_THAT(std::get<PrintAndLeave>(*parse({"--version"})).text, HasSubstr("aoekit"));
}

}  // namespace
}  // namespace aoekit::daemon
