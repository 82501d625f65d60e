// What the files say stays sorted, whatever is saved and forgotten.
#include "daemon/config_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aoekit::daemon {
namespace {

SharedExport exported(std::uint8_t slot, const std::string& path) {
  config::ExportConfig config;
  config.address = {1, slot};
  config.path = path;
  return std::make_shared<const config::ExportConfig>(config);
}

std::string paths(const ConfigFiles& files) {
  std::string text;
  for (const SharedExport& one : files.exports) text += one->path;
  return text;
}

TEST(ConfigFiles, AreSortedAndHaveNoAddressTwice) {
  config::Config read;
  read.daemon.user = "somebody";
  read.exports = {*exported(2, "b"), *exported(4, "d")};
  ConfigFiles files(read);
  EXPECT_EQ(files.rest.daemon.user, "somebody");
  EXPECT_TRUE(files.rest.exports.empty());
  files.set(exported(3, "c"));
  files.set(exported(9, "i"));
  files.set(exported(0, "z"));
  EXPECT_EQ(paths(files), "zbcdi");
  files.set(exported(4, "D"));
  EXPECT_EQ(paths(files), "zbcDi");
  EXPECT_EQ(files.find({1, 4})->path, "D");
  EXPECT_EQ(files.find({1, 5}), nullptr);
  EXPECT_EQ(files.about({1, 5}).exports.size(), 0U);
  ASSERT_EQ(files.about({1, 4}).exports.size(), 1U);
  EXPECT_EQ(files.about({1, 4}).exports[0].path, "D");
  EXPECT_EQ(files.about({1, 4}).daemon.user, "somebody");
  EXPECT_EQ(files.find({2, 4}), nullptr);
  files.forget({1, 0});
  files.forget({1, 5});
  EXPECT_EQ(paths(files), "bcDi");
}

}  // namespace
}  // namespace aoekit::daemon
