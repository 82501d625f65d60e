// Control files: what each text means, and the lines of `err`.
#include "frontend/fuse/control.h"

#include <gtest/gtest.h>

#include "frontend/fuse/err_log.h"

namespace aoekit::fuse {
namespace {

std::string interfaces(std::string_view text) {
  return std::get<UseInterfaces>(*parse_control(ControlFile::interfaces, text)).names;
}

TEST(Control, DiscoverTakesAnything) {
  for (const char* text : {"", "\n", "x"}) {
    EXPECT_TRUE(std::holds_alternative<DiscoverAll>(*parse_control(ControlFile::discover, text)));
  }
}

TEST(Control, InterfacesAreSeparatedByAnything) {
  EXPECT_EQ(interfaces("eth0\n"), "eth0");
  EXPECT_EQ(interfaces(" eth0  eth1,eth2,\tbond0\n"), "eth0,eth1,eth2,bond0");
  EXPECT_EQ(interfaces(std::string_view("eth0 eth1\0", 10)), "eth0,eth1");  // as aoe-interfaces writes it
  EXPECT_EQ(interfaces("\n"), "");
  EXPECT_EQ(interfaces(",,"), "");
}

TEST(Control, Revalidate) {
  EXPECT_EQ(std::get<Revalidate>(*parse_control(ControlFile::revalidate, "e1.2\n")).address, (Address{1, 2}));
  for (const char* text : {"", "all", "1.2", "e1.2p1", "e1.2 e1.3"}) {
    EXPECT_FALSE(parse_control(ControlFile::revalidate, text)) << text;
  }
}

TEST(Control, Flush) {
  const auto many = [](std::string_view text) {
    return std::get<ForgetMany>(*parse_control(ControlFile::flush, text)).which;
  };
  EXPECT_EQ(many("\n"), Forget::down);
  EXPECT_EQ(many("all"), Forget::unused);
  EXPECT_EQ(std::get<ForgetOne>(*parse_control(ControlFile::flush, "e1.1")).address, (Address{1, 1}));
  EXPECT_FALSE(parse_control(ControlFile::flush, "everything"));
}

TEST(Control, TooLong) {
  EXPECT_FALSE(parse_control(ControlFile::interfaces, std::string(kControlBytesMax + 1, 'a')));
}

TEST(ErrLog, GivesEachLineOnce) {
  ErrLog log;
  EXPECT_FALSE(log.pop());
  log.push("one");
  log.push("two\nlines");
  EXPECT_EQ(log.pop(), "one\n");
  EXPECT_EQ(log.pop(), "two lines\n");
  EXPECT_FALSE(log.pop());
}

TEST(ErrLog, SaysWhatItDropped) {
  ErrLog log;
  for (std::size_t i = 0; i < ErrLog::kLinesMax + 2; ++i) log.push(std::to_string(i));
  EXPECT_EQ(log.pop(), "2 older lines were dropped\n");
  EXPECT_EQ(log.pop(), "2\n");
}

}  // namespace
}  // namespace aoekit::fuse
