// Every mistake that we could think of, and what an administrator is told: file, line, what is wrong, what to do.
#include <gtest/gtest.h>

#include <fstream>

#include "config/load.h"

namespace aoekit::config {
namespace {

struct Mistake {
  std::string name;
  std::string text;      // of aoed.toml
  std::string expected;  // all problems
};

// tests/config/mistakes.txt.
std::vector<Mistake> all_mistakes() {
  std::ifstream file(AOEKIT_SOURCE "/tests/config/mistakes.txt");
  std::vector<Mistake> mistakes;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("== ")) {
      mistakes.push_back({line.substr(3), "", ""});
    } else if (line.starts_with("-> ")) {
      mistakes.back().expected += line.substr(3) + "\n";
    } else if (!mistakes.empty() && mistakes.back().expected.empty()) {
      mistakes.back().text += line + "\n";
    }
  }
  return mistakes;
}

std::string told(const std::string& text) { return to_text(check_config({{"aoed.toml", text}}).problems); }

std::string repeated(const char* text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Mistakes, EachIsToldWithFileLineAndRemedy) {
  const auto mistakes = all_mistakes();
  EXPECT_GE(mistakes.size(), 90U);
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.name);
    const auto checked = check_config({{"aoed.toml", mistake.text}});
    EXPECT_EQ(to_text(checked.problems), mistake.expected);
    EXPECT_EQ(checked.value.has_value(), !has_errors(checked.problems));
    for (const Problem& problem : checked.problems) {
      EXPECT_NE(problem.place.line, 0U) << problem.message;
      EXPECT_FALSE(problem.remedy.empty()) << problem.message;
    }
  }
}

TEST(Mistakes, TextThatNoFileShouldHave) {
  EXPECT_EQ(told("user = \"\xff\"\n").substr(0, 37), "aoed.toml:1:8: no valid TOML: Encount");
  EXPECT_EQ(told("a" + repeated(".a", 100000) + " = 1\n"),
            "aoed.toml:1: more than 128 dots in a row of words; write fewer\n");
  EXPECT_EQ(told("a = " + repeated("[", 100000) + "\n").substr(0, 12), "aoed.toml:1:");
  EXPECT_EQ(told("control_socket = \"/" + repeated("x", 107) + "\"\n"),
            "aoed.toml:1: control_socket has 108 bytes; 107 are the limit for a socket\n");
  EXPECT_EQ(told("# ............................................................................................"
                 "............................................................\ninterfaces = [\"eth1\"]\n"), "");
}

TEST(Mistakes, AllAreToldInOneRunAndInTheOrderOfTheLines) {
  const auto checked = check_config({{"aoed.toml", R"(interfaces = ["eth1"]
threads = "many"
[export."e1.2"]
path = "disk.img"
bufers = 8
[export."e1.3"]
durability = "sometimes"
[groups]
web = ["wbe1"]
)"}});
  std::istringstream lines(to_text(checked.problems));
  std::string places;
  for (std::string line; std::getline(lines, line);) places += line.substr(0, 12);
  EXPECT_EQ(places, "aoed.toml:2:aoed.toml:4:aoed.toml:5:aoed.toml:6:aoed.toml:7:aoed.toml:9:");
  EXPECT_EQ(summary(checked.problems), "6 errors");
  EXPECT_FALSE(checked.value);
}

}  // namespace
}  // namespace aoekit::config
