// Choosing interfaces by name and pattern.
#include "net/interface_patterns.h"

#include <gtest/gtest.h>

#include <vector>

namespace aoekit::net {
namespace {

using Patterns = std::vector<std::string>;

TEST(InterfacePatterns, NamesAndPatternsChoose) {
  const Patterns some = {"eth0", "en*", "san[0-3]", "x?"};
  for (const char* name : {"eth0", "en", "enp3s0", "san2", "xy"}) EXPECT_TRUE(chooses(some, name)) << name;
  for (const char* name : {"eth1", "eth00", "ethe", "san4", "x", "xyz", "lo", ""}) EXPECT_FALSE(chooses(some, name)) << name;
  EXPECT_FALSE(chooses({}, "eth0"));
}

TEST(InterfacePatterns, TheLastOneThatFitsDecides) {
  const Patterns all_but = {"*", "!docker*", "!veth*", "docker9"};
  EXPECT_TRUE(chooses(all_but, "eth0"));
  EXPECT_FALSE(chooses(all_but, "docker0"));
  EXPECT_FALSE(chooses(all_but, "veth12ab"));
  EXPECT_TRUE(chooses(all_but, "docker9"));
  EXPECT_FALSE(chooses(Patterns{"eth0", "!eth0"}, "eth0"));
  EXPECT_TRUE(chooses(Patterns{"!eth0", "eth0"}, "eth0"));
  EXPECT_FALSE(chooses(Patterns{"!eth0"}, "eth1")) << "taking out chooses nothing";
}

TEST(InterfacePatterns, LoopbackIsChosenByNameOnly) {
  EXPECT_FALSE(chooses(Patterns{"*"}, "lo"));
  EXPECT_FALSE(chooses(Patterns{"l?"}, "lo"));
  EXPECT_TRUE(chooses(Patterns{"lo"}, "lo"));
  EXPECT_TRUE(chooses(Patterns{"lo", "*"}, "lo")) << "a pattern that says nothing of it does not undo it";
  EXPECT_FALSE(chooses(Patterns{"lo", "!*"}, "lo"));
  EXPECT_TRUE(chooses(Patterns{"*"}, "lo0"));
}

TEST(InterfacePatterns, MistakesAreNamed) {
  for (const char* good : {"eth0", "!eth0", "en*", "*", "[ab]*", "eth[!0]", "[]a]", "abcdefghijklmno"}) {
    EXPECT_TRUE(check_interface_pattern(good)) << good;
  }
  for (const char* bad : {"", "!", "eth0:1", "a/b", "eth 0", "eth[0-3", "eth[]", "eth[!]", "abcdefghijklmnop"}) {
    EXPECT_FALSE(check_interface_pattern(bad)) << bad;
  }
}

TEST(InterfacePatterns, PlainNames) {
  EXPECT_TRUE(is_plain_name("enp3s0"));
  for (const char* pattern : {"en*", "e?", "[a]", "!eth0"}) EXPECT_FALSE(is_plain_name(pattern)) << pattern;
}

}  // namespace
}  // namespace aoekit::net
