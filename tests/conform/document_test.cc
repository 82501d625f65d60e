// docs/protocol.md and the suite name each other: every case under its rule, and no case that is not there.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "cli/conform/case.h"

namespace aoekit::conform {
namespace {

// The text of each numbered rule: a line that begins "- **H1** ", with the lines that continue it.
std::map<std::string, std::string> rules_of_document() {
  std::ifstream file(AOEKIT_PROTOCOL_DOCUMENT);
  EXPECT_TRUE(file.is_open()) << AOEKIT_PROTOCOL_DOCUMENT;
  static const std::regex kRule(R"(^- \*\*([A-Z]\d+)\*\* .*)");
  std::map<std::string, std::string> rules;
  std::string* current = nullptr;
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kRule)) {
      EXPECT_EQ(rules.count(match[1]), 0U) << "rule " << match[1] << " twice";
      current = &rules[match[1]];
    } else if (line.empty() || line[0] != ' ') {
      current = nullptr;
    }
    if (current != nullptr) *current += line + "\n";
  }
  return rules;
}

TEST(Document, EveryCaseIsNamedByItsRule) {
  const auto rules = rules_of_document();
  for (const Section& section : all_sections()) {
    for (const Case& item : section.cases) {
      const auto rule = rules.find(std::string(item.rule));
      ASSERT_NE(rule, rules.end()) << item.id << ": no rule " << item.rule;
      EXPECT_NE(rule->second.find("`" + std::string(item.id) + "`"), std::string::npos)
          << "rule " << item.rule << " does not name " << item.id;
    }
  }
}

TEST(Document, EveryRuleNamesItsTest) {
  for (const auto& [number, text] : rules_of_document()) {
    EXPECT_NE(text.find("Test: `"), std::string::npos) << "rule " << number << " names no test";
  }
}

TEST(Document, EveryNamedCaseExists) {
  std::set<std::string> ids, sections;
  for (const Section& section : all_sections()) {
    sections.emplace(section.name);
    for (const Case& item : section.cases) ids.emplace(item.id);
  }
  static const std::regex kName(R"(`([a-z]+)\.([a-z0-9.-]+)`)");
  for (const auto& [number, text] : rules_of_document()) {
    for (auto found = std::sregex_iterator(text.begin(), text.end(), kName); found != std::sregex_iterator(); ++found) {
      if (sections.count((*found)[1]) == 0) continue;
      const std::string id = found->str(1) + "." + found->str(2);
      EXPECT_EQ(ids.count(id), 1U) << "rule " << number << " names " << id << ", which is no case";
    }
  }
}

TEST(Cases, HaveUniqueNamesInTheirSection) {
  std::set<std::string_view> seen;
  for (const Section& section : all_sections()) {
    for (const Case& item : section.cases) {
      EXPECT_TRUE(seen.insert(item.id).second) << item.id;
      EXPECT_TRUE(item.id.starts_with(std::string(section.name) + ".")) << item.id;
      EXPECT_FALSE(item.text.empty() || item.breaks.empty()) << item.id;
    }
  }
}

}  // namespace
}  // namespace aoekit::conform
