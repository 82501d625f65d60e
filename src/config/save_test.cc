// What --save writes reads back equal, and files that people wrote are left alone.
#include "config/save.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"
#include "config/random_export_fixture.h"
#include "config/scratch_fixture.h"
#include "config/to_toml.h"

namespace aoekit::config {
namespace {

using ::testing::HasSubstr;

class Save : public testing::Scratch {
 protected:
  Config load() const {
    auto checked = load_config(path("aoed.toml"), {.ethers = path("ethers")});
    EXPECT_EQ(to_text(checked.problems), "");
    return checked.value.value_or(Config{});
  }
  std::string said(const Status& status) const { return status ? "" : shortened(status.error().message); }
  std::string said(const Result<Place>& result) const { return result ? "" : shortened(result.error().message); }
};

ExportConfig simple(wire::AoeAddress address) { return {.address = address, .path = "/dev/sdb"}; }

TEST(ToToml, WhatIsWrittenReadsBackEqualUnderTheSameDefaults) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    testing::RandomExports random(seed);
    const ExportConfig defaults = random.defaults();
    std::string text = "interfaces = [\"eth0\"]\n[defaults]\n";
    for (const KeyLine& line : key_lines(defaults, {})) {
      if (line.key != "path") text += line.line + "\n";
    }
    std::vector<ExportConfig> exports;
    for (std::uint8_t slot = 0; slot < 3; ++slot) {
      exports.push_back(random.next({7, slot}, defaults));
      exports.back().path += std::to_string(slot);
      text += to_toml(exports.back(), defaults);
    }
    const auto checked = check_config({{"aoed.toml", text}});
    ASSERT_FALSE(has_errors(checked.problems)) << to_text(checked.problems) << text;
    ASSERT_EQ(checked.value->exports.size(), exports.size());
    EXPECT_TRUE(same(checked.value->defaults, defaults)) << text;
    for (std::size_t i = 0; i < exports.size(); ++i) EXPECT_TRUE(same(checked.value->exports[i], exports[i])) << text;
  }
}

TEST_F(Save, WritesOneFileThatIsReadAgain) {
  write("aoed.toml", "interfaces = [\"eth1\"]\n[stations]\nweb1 = \"00:11:22:33:44:01\"\n");
  Config files = load();
  ExportConfig one = simple({1, 2});
  one.read_access = {.allow = {files.names.stations.at("web1")}, .deny = {}, .allow_words = {"web1"}, .deny_words = {}};
  const auto place = save_export(files, one);
  ASSERT_TRUE(place) << said(place);
  EXPECT_EQ(place->to_string(), path("aoed.d/e1.2.toml:3"));
  EXPECT_EQ(read("aoed.d/e1.2.toml"),
            "# Written by `aoe export ... --save`, which replaces this file.\n"
            "# To keep what you write into it, remove these lines: then --save leaves e1.2 to you.\n"
            "[export.\"e1.2\"]\npath = \"/dev/sdb\"\nallow = [\"web1\"]\n");
  struct stat status {};
  ASSERT_EQ(stat(path("aoed.d/e1.2.toml").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path("aoed.d")), {}), 1) << "a temporary file was left";
  files = load();
  ASSERT_EQ(files.exports.size(), 1U);
  EXPECT_TRUE(same(files.exports[0], one));
  EXPECT_EQ(files.exports[0].place.to_string(), place->to_string());

  one.buffers = 8;
  ASSERT_TRUE(save_export(files, one));
  EXPECT_TRUE(same(load().exports.at(0), one));
  ASSERT_TRUE(forget_export(load(), {1, 2}));
  EXPECT_TRUE(load().exports.empty());
  EXPECT_TRUE(forget_export(load(), {1, 2})) << "nothing to forget is no error";
}

TEST_F(Save, LeavesTablesThatWereWrittenByHand) {
  write("aoed.toml", "interfaces = [\"eth1\"]\n[export.\"e1.2\"]\npath = \"/dev/sdb\"\nserial = \"S\"\nbuffers = 8\n");
  const Config files = load();
  ExportConfig one = files.exports.at(0);
  EXPECT_TRUE(save_export(files, one)) << "it says the same already";
  EXPECT_FALSE(std::filesystem::exists(path("aoed.d")));
  one.buffers = 9;
  one.read_only = true;
  one.serial = std::nullopt;
  const std::string expected =
      "e1.2 is defined at aoed.toml:2, written by hand, so --save does not touch it; write there: read_only = true, "
      "buffers = 9; remove there: serial";
  EXPECT_EQ(said(may_save(files, one)), expected);
  EXPECT_EQ(said(save_export(files, one)), expected);
  EXPECT_EQ(said(may_forget(files, {1, 2})),
            "e1.2 is defined at aoed.toml:2, written by hand, so --save does not touch it; remove the table there");
  EXPECT_FALSE(forget_export(files, {1, 2}));
  EXPECT_EQ(load().exports.size(), 1U);
}

TEST_F(Save, LeavesFilesThatAreNotItsOwn) {
  write("aoed.toml", "interfaces = [\"eth1\"]\n");
  const Config files = load();
  write("aoed.d/e1.2.toml", "# my disk\n[export.\"e1.2\"]\npath = \"/dev/sdb\"\n");
  EXPECT_EQ(said(save_export(files, simple({1, 2}))),
            "aoed.d/e1.2.toml was not written by --save, so it is not replaced; edit it, or move it away");
  EXPECT_FALSE(forget_export(files, {1, 2}));
  ASSERT_TRUE(save_export(files, simple({1, 3})));
  write("aoed.d/e1.3.toml", read("aoed.d/e1.3.toml") + "[stations]\nweb1 = \"00:11:22:33:44:01\"\n");
  EXPECT_EQ(said(save_export(files, simple({1, 3}))),
            "aoed.d/e1.3.toml has more, or other, than e1.3, so it is not replaced; move the rest to another file");
  EXPECT_THAT(read("aoed.d/e1.3.toml"), HasSubstr("web1"));
}

TEST_F(Save, SaysWhyItCannotWrite) {
  EXPECT_EQ(said(may_save(Config{}, simple({1, 2}))),
            "nothing can be saved: aoed has no configuration file; start it with --config FILE");
  write("aoed.toml", "interfaces = [\"eth1\"]\n");
  const Config files = load();
  write("aoed.d", "");
  EXPECT_THAT(said(save_export(files, simple({1, 2}))), HasSubstr("aoed.d"));
  EXPECT_EQ(read("aoed.d"), "");
}

}  // namespace
}  // namespace aoekit::config
