// Typing errors are understood, other words are not.
#include "base/nearest.h"

#include <gtest/gtest.h>

namespace aoekit {
namespace {

TEST(Nearest, FindsTypingErrorsOnly) {
  const std::vector<std::string> words{"discover", "ping", "identify", "read"};
  EXPECT_EQ(nearest("discvoer", words), "discover");
  EXPECT_EQ(nearest("pin", words), "ping");
  EXPECT_EQ(nearest("id", words), "identify");
  EXPECT_EQ(nearest("xyzzyplugh", words), "");
}

}  // namespace
}  // namespace aoekit
