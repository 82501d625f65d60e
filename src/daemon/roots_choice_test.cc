// Real directories below /run, where all is root's but what the test gives away.
#include "daemon/roots_choice.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace aoekit::daemon {
namespace {

constexpr uid_t kOther = 12345;

class RootsChoice : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    if (const auto reason = others_decide({}, {.path = "/run/disk"})) GTEST_SKIP() << *reason;
    ASSERT_NE(mkdtemp(root_.data()), nullptr);
    ASSERT_EQ(chmod(root_.c_str(), 0755), 0);
    std::filesystem::create_directory(root_ + "/mine");
    std::filesystem::create_directory(root_ + "/theirs");
    for (const char* const name : {"/mine/disk", "/theirs/disk"}) std::ofstream(root_ + name) << "disk";
    for (const char* const name : {"/mine/disk", "/theirs"}) ASSERT_EQ(chown((root_ + name).c_str(), kOther, kOther), 0);
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  void link(const std::string& to, const std::string& name) const {
    std::filesystem::create_symlink(to, root_ + name);
  }
  // Without the scratch directory's name; "" where only root decides.
  std::string others(const std::string& name) const {
    std::string reason = others_decide({}, {.path = root_ + name}).value_or("");
    for (auto at = reason.find(root_); at != std::string::npos; at = reason.find(root_)) reason.erase(at, root_.size());
    return reason;
  }

  std::string root_ = "/run/aoekit-test-XXXXXX";
};

TEST_F(RootsChoice, ADiskOfOthersInADirectoryOfRootIsRoots) {
  EXPECT_EQ(others("/mine/disk"), "");
  EXPECT_EQ(others("/mine/missing"), "");
  EXPECT_EQ(others_decide({}, {.path = "/dev/null"}), std::nullopt);
}

TEST_F(RootsChoice, WhoOwnsADirectoryDecidesWhatIsInIt) {
  EXPECT_EQ(others("/theirs/disk"), "/theirs belongs to user 12345");
  EXPECT_EQ(others("/theirs/deep/disk"), "/theirs belongs to user 12345");
}

TEST_F(RootsChoice, SoDoesWhoMayWriteInIt) {
  ASSERT_EQ(chmod((root_ + "/mine").c_str(), 01777), 0);
  EXPECT_EQ(others("/mine/disk"), "others than root may write in /mine");
  ASSERT_EQ(chmod((root_ + "/mine").c_str(), 0775), 0);
  EXPECT_EQ(others("/mine/disk"), "others than root may write in /mine");
}

TEST_F(RootsChoice, LinksAreFollowed) {
  link("mine", "/link");
  link("../mine/disk", "/mine/again");
  EXPECT_EQ(others("/link/again"), "");
  link(root_ + "/theirs/disk", "/mine/absolute");
  link("../theirs", "/mine/relative");
  EXPECT_EQ(others("/mine/absolute"), "/theirs belongs to user 12345");
  EXPECT_EQ(others("/link/relative/disk"), "/mine/../theirs belongs to user 12345");
  // Back to what is root's, by way of what is not.
  link(root_ + "/mine/disk", "/theirs/back");
  EXPECT_EQ(others("/theirs/back"), "/theirs belongs to user 12345");
}

TEST_F(RootsChoice, ARingOfLinksIsNobodys) {
  link("ring", "/mine/ring");
  EXPECT_NE(others("/mine/ring"), "");
}

TEST_F(RootsChoice, WhoWritesTheFileDecides) {
  config::Config config;
  config.files_of_others = {"/etc/aoekit/aoed.d/e1.2.toml"};
  config::ExportConfig exported{.path = root_ + "/mine/disk", .place = {.file = "/etc/aoekit/aoed.d/e1.2.toml"}};
  EXPECT_EQ(others_decide(config, exported), "others than root may write /etc/aoekit/aoed.d/e1.2.toml");
  exported.place.file = "/etc/aoekit/aoed.d/e1.3.toml";
  EXPECT_EQ(others_decide(config, exported), std::nullopt);
}

}  // namespace
}  // namespace aoekit::daemon
