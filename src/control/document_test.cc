// docs/control.md is what the code does: every example is sent and its answer compared, and everything that there is
// has a place in it.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "control/fake_api_fixture.h"
#include "control/methods.h"
#include "control/session.h"

namespace aoekit::control {
namespace {

std::string document() {
  std::ifstream file(AOEKIT_CONTROL_DOCUMENT);
  EXPECT_TRUE(file.is_open()) << AOEKIT_CONTROL_DOCUMENT;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Example {
  std::string request;  // on one line, as it would be sent
  std::string answer;
};

// In blocks of ```control: "-> REQUEST" and "<- ANSWER", each continued on indented lines.
std::vector<Example> examples() {
  std::vector<Example> found;
  std::stringstream lines(document());
  std::string* current = nullptr;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = line == "```control";
      current = nullptr;
    } else if (inside && line.starts_with("-> ")) {
      current = &found.emplace_back().request;
      *current = line.substr(3);
    } else if (inside && line.starts_with("<- ")) {
      current = found.empty() ? nullptr : &found.back().answer;
      if (current != nullptr) *current = line.substr(3);
    } else if (current != nullptr) {
      *current += line.substr(std::min(line.size(), line.find_first_not_of(' ')));
    }
  }
  return found;
}

// "..." in the document stands for something, but for no other answer's beginning or end.
bool same_as_shown(std::string_view answer, std::string_view shown) {
  const std::size_t gap = shown.find(",...");
  if (gap == std::string_view::npos) return answer == shown;
  const std::string_view before = shown.substr(0, gap + 1), after = shown.substr(gap + 4);
  return answer.size() > before.size() + after.size() && answer.starts_with(before) && answer.ends_with(after);
}

TEST(ControlDocument, ExamplesAreWhatTheDaemonAnswers) {
  const auto all = examples();
  EXPECT_GE(all.size(), methods().size());
  for (const Example& example : all) {
    FakeApi api;
    Session session(api);
    session.receive(example.request + "\n");
    EXPECT_TRUE(same_as_shown(session.output(), example.answer + "\n"))
        << example.request << "\nis answered:\n" << session.output() << "not:\n" << example.answer;
  }
}

TEST(ControlDocument, HasEveryMethodWithAnExample) {
  const std::string text = document();
  for (const Method& method : methods()) {
    const std::string heading = "### `" + std::string(method.name) + "`\n";
    const std::size_t begin = text.find(heading);
    ASSERT_NE(begin, std::string::npos) << method.name;
    const std::string section = text.substr(begin, text.find("\n### ", begin + 1) - begin);
    EXPECT_NE(section.find("\"method\":\"" + std::string(method.name) + "\""), std::string::npos) << method.name;
  }
}

TEST(ControlDocument, HasEveryCodeAndLimit) {
  const std::string text = document();
  std::vector<std::string_view> codes{kSyntaxError, kTooLongError, kVersionError, kMethodError};
  for (const Code code : kCodes) codes.push_back(code_name(code));
  for (const std::string_view code : codes) {
    EXPECT_NE(text.find("| `" + std::string(code) + "` |"), std::string::npos) << code;
  }
  EXPECT_NE(text.find("| " + std::to_string(kRequestBytesMax) + " bytes |"), std::string::npos);
  EXPECT_NE(text.find("| objects and arrays within each other | " + std::to_string(kNestingMax) + " |"),
            std::string::npos);
  EXPECT_NE(text.find("| " + std::to_string(kPageMax) + ";"), std::string::npos);
  EXPECT_NE(text.find("| " + std::to_string(kAnswerBytesMax / 1024 / 1024) + " MiB,"), std::string::npos);
  EXPECT_NE(text.find("| " + std::to_string(kOutputBytesHigh / 1024) + " KiB;"), std::string::npos);
}

}  // namespace
}  // namespace aoekit::control
