// Real files: which are read, in which order, and who may change them.
#include "config/load.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/scratch_fixture.h"

namespace aoekit::config {
namespace {

class Load : public testing::Scratch {
 protected:
  std::string told() const {
    return shortened(to_text(load_config(path("aoed.toml"), {.ethers = path("ethers")}).problems));
  }
};

TEST(DropInDirectory, StandsBesideTheFile) {
  EXPECT_EQ(drop_in_directory("/etc/aoekit/aoed.toml"), "/etc/aoekit/aoed.d");
  EXPECT_EQ(drop_in_directory("/tmp/test.conf"), "/tmp/test.conf.d");
}

TEST_F(Load, ReadsTheFileTheDirectoryAndTheEthers) {
  write("aoed.toml", "interfaces = [\"eth1\"]\n[export.\"e1.0\"]\npath = \"/a\"\nallow = [\"web1\", \"db1\"]\n");
  write("aoed.d/stations.toml", "[stations]\nweb1 = \"00:11:22:33:44:01\"\n");
  write("aoed.d/e1.1.toml", "[export.\"e1.1\"]\npath = \"/b\"\n");
  write("aoed.d/.e1.2.toml.Xy12ab", "half a fi");
  write("aoed.d/e1.1.toml~", "an editor's");
  write("aoed.d/README", "explains");
  write("ethers", "00:11:22:33:44:02 db1\n");
  const auto checked = load_config(path("aoed.toml"), {.ethers = path("ethers")});
  EXPECT_EQ(to_text(checked.problems), "");
  ASSERT_TRUE(checked.value);
  ASSERT_EQ(checked.value->exports.size(), 2U);
  EXPECT_EQ(checked.value->exports[0].read_access.allow.size(), 2U);
  EXPECT_EQ(checked.value->exports[1].place.to_string(), path("aoed.d/e1.1.toml:1"));
  EXPECT_EQ(checked.value->file, path("aoed.toml"));
  EXPECT_EQ(checked.value->directory, path("aoed.d"));
}

TEST_F(Load, WithoutTheMainFileOnlyThatIsSaid) {
  write("aoed.d/e1.1.toml", "[export.\"e1.1\"]\npath = \"/b\"\n");
  EXPECT_EQ(told(), "aoed.toml: cannot be read: No such file or directory; create it (see aoed.toml(5)), or name "
                    "another: --config FILE\n");
}

TEST_F(Load, WhatIsNoFileIsAnError) {
  write("aoed.toml", "");
  std::filesystem::create_directories(path("aoed.d/dir.toml"));
  std::filesystem::create_symlink("nowhere", path("aoed.d/link.toml"));
  ASSERT_EQ(mkfifo(path("aoed.d/pipe.toml").c_str(), 0600), 0);
  EXPECT_EQ(told(),
            "aoed.d/dir.toml: is no regular file; make it a readable file, or remove it\n"
            "aoed.d/link.toml: cannot be read: No such file or directory; make it a readable file, or remove it\n"
            "aoed.d/pipe.toml: is no regular file; make it a readable file, or remove it\n");
}

TEST_F(Load, ADirectoryThatIsNoneIsAnError) {
  write("aoed.toml", "");
  write("aoed.d", "");
  EXPECT_EQ(told(), "aoed.d: cannot be read: Not a directory; make it a directory, or remove it\n");
}

TEST_F(Load, NamesThatDoNotEndInTomlAreWarnedAbout) {
  write("aoed.toml", "");
  write("aoed.d/e1.2.conf", "[export.\"e1.2\"]\n");
  EXPECT_EQ(told(), "aoed.d/e1.2.conf: warning: is not read: its name does not end in .toml; rename it, or move it "
                    "away\n");
}

TEST_F(Load, FilesThatOthersMayWriteAreWarnedAbout) {
  write("aoed.toml", "");
  write("aoed.d/a.toml", "");
  ASSERT_EQ(chmod(path("aoed.toml").c_str(), 0664), 0);
  ASSERT_EQ(chmod(path("aoed.d").c_str(), 0777), 0);
  EXPECT_EQ(told(), "aoed.toml: warning: can be written by others than its owner; chmod go-w aoed.toml\n"
                    "aoed.d: warning: can be written by others than its owner; chmod go-w aoed.d\n");
}

TEST_F(Load, FilesOfOtherUsersAreWarnedAbout) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const std::string file = write("aoed.toml", "");
  ASSERT_EQ(chown(file.c_str(), 12345, 0), 0);
  EXPECT_EQ(told(), "aoed.toml: warning: belongs to user 12345, who may change it; chown root aoed.toml\n");
}

TEST_F(Load, TheMainFileIsNotAoedsToChange) {
  const passwd* const nobody = getpwnam("nobody");
  if (geteuid() != 0 || nobody == nullptr) GTEST_SKIP() << "only root can give files away";
  const std::string main = write("aoed.toml", "user = \"nobody\"\n");
  const std::string saved = write("aoed.d/e1.1.toml", "");
  for (const std::string& file : {main, saved}) ASSERT_EQ(chown(file.c_str(), nobody->pw_uid, nobody->pw_gid), 0);
  EXPECT_EQ(told(), fmt::format("aoed.toml: warning: belongs to user {}, who may change it; chown root aoed.toml\n",
                                nobody->pw_uid));
}

TEST_F(Load, InAStickyDirectoryTheUsersGroupMayAddFiles) {
  const passwd* const nobody = getpwnam("nobody");
  if (geteuid() != 0 || nobody == nullptr) GTEST_SKIP() << "only root can give files away";
  write("aoed.toml", "user = \"nobody\"\n");
  write("aoed.d/e1.1.toml", "");
  ASSERT_EQ(chown(path("aoed.d").c_str(), 0, nobody->pw_gid), 0);
  ASSERT_EQ(chmod(path("aoed.d").c_str(), 01775), 0);
  EXPECT_EQ(told(), "");
  ASSERT_EQ(chmod(path("aoed.d").c_str(), 0775), 0);
  EXPECT_EQ(told(), "aoed.d: warning: can be written by others than its owner; chmod go-w aoed.d\n");
  ASSERT_EQ(chmod(path("aoed.d").c_str(), 01777), 0);
  EXPECT_EQ(told(), "aoed.d: warning: can be written by others than its owner; chmod go-w aoed.d\n");
}

TEST_F(Load, WhatOnlyRootWritesIsToldFromTheRest) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  write("aoed.toml", "");
  write("aoed.d/a.toml", "");
  ASSERT_EQ(chown(write("aoed.d/b.toml", "").c_str(), 12345, 0), 0);
  ASSERT_EQ(chmod(write("aoed.d/c.toml", "").c_str(), 0664), 0);
  std::filesystem::create_symlink("a.txt", path("aoed.d/d.toml"));
  write("aoed.d/a.txt", "");
  ASSERT_EQ(lchown(path("aoed.d/d.toml").c_str(), 12345, 0), 0);
  const auto checked = load_config(path("aoed.toml"), {.ethers = path("ethers")});
  ASSERT_TRUE(checked.value);
  EXPECT_EQ(checked.value->files_of_others,
            (std::set<std::string>{path("aoed.d/b.toml"), path("aoed.d/c.toml"), path("aoed.d/d.toml")}));
}

TEST_F(Load, AnEndlessFileIsAnErrorAndNoHang) {
  write("aoed.toml", std::string((std::size_t{16} << 20) + 10, '#'));
  EXPECT_EQ(told(), "aoed.toml: the file has 16777226 bytes; 16777216 are the limit: use several files in the .d "
                    "directory\n");
}

}  // namespace
}  // namespace aoekit::config
