// The examples of the documentation are valid configurations.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>

#include "config/load.h"

namespace aoekit::config {
namespace {

TEST(Examples, ThePackagedFileIsValidAsItIsAndWithItsExamplesIn) {
  std::ifstream file(AOEKIT_SOURCE "/packaging/aoed.toml");
  std::string as_is, with_examples;
  for (std::string line; std::getline(file, line);) {
    as_is += line + "\n";
    // "#key = ..." is an example, "# Words" a comment.
    const bool is_example = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    with_examples += (is_example ? line.substr(1) : line) + "\n";
  }
  EXPECT_EQ(to_text(check_config({{"aoed.toml", as_is}}).problems), "");
  const auto checked = check_config({{"aoed.toml", with_examples}});
  EXPECT_EQ(to_text(checked.problems), "");
  ASSERT_TRUE(checked.value);
  EXPECT_EQ(checked.value->exports.size(), 3U);
}

TEST(Examples, ThoseOfTheManualPageAreValid) {
  std::ifstream file(AOEKIT_SOURCE "/docs/man/aoed.toml.5.scd");
  std::string example;
  int count = 0;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "```") {
      if (inside) {
        const auto checked = check_config({{"example", example}});
        EXPECT_EQ(to_text(checked.problems), "") << example;
        EXPECT_TRUE(checked.value && !checked.value->exports.empty());
        ++count;
      }
      inside = !inside;
      example.clear();
    } else if (inside) {
      example += line + "\n";
    }
  }
  EXPECT_EQ(count, 2);
}

}  // namespace
}  // namespace aoekit::config
