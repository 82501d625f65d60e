// The strict reader of the exposition format, used by the other tests of the metrics, and its own.
#include <gtest/gtest-spi.h>

#include <optional>
#include <regex>
#include <sstream>

#include "daemon/metrics_fixture.h"

namespace aoekit::daemon {
namespace {

// The family that a sample of this name belongs to, by the type that was declared.
std::string family_of(const std::string& sample, const std::map<std::string, std::string>& types) {
  if (types.contains(sample)) return sample;
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    if (!sample.ends_with(suffix)) continue;
    const std::string family = sample.substr(0, sample.size() - suffix.size());
    const auto found = types.find(family);
    if (found == types.end()) continue;
    if (found->second == "histogram" || (found->second == "summary" && suffix != "_bucket")) return family;
  }
  return "";
}

std::optional<double> value_of(const std::string& text) {
  std::size_t used = 0;
  const double value = std::stod(text, &used);
  if (used != text.size()) return std::nullopt;
  return value;
}

}  // namespace

Exposition read_exposition(const std::string& text) {
  static const std::regex kType(R"(# TYPE ([a-z_]+) (counter|gauge|histogram|summary))");
  static const std::regex kHelp(R"(# HELP ([a-z_]+) \S.*)");
  static const std::regex kSample(R"re(([a-z_]+)(\{([a-z_]+="([^"\\]|\\["\\n])*",?)+\})? (\S+))re");
  Exposition read;
  std::string open;  // the family whose lines stand together
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kHelp)) {
      EXPECT_FALSE(read.types.contains(match[1])) << "twice: " << line;
      open = match[1];
    } else if (std::regex_match(line, match, kType)) {
      EXPECT_EQ(open, match[1]) << "no HELP before: " << line;
      EXPECT_TRUE(read.types.emplace(match[1], match[2]).second) << "twice: " << line;
    } else if (std::regex_match(line, match, kSample)) {
      EXPECT_EQ(family_of(match[1], read.types), open) << "not with its family: " << line;
      const auto value = value_of(match[5]);
      EXPECT_TRUE(value) << line;
      EXPECT_TRUE(read.series.emplace(std::string(match[1]) + std::string(match[2]), value.value_or(0)).second)
          << "twice: " << line;
    } else {
      ADD_FAILURE() << "not a line of the format: " << line;
    }
  }
  EXPECT_TRUE(text.empty() || text.back() == '\n');
  return read;
}

namespace {

constexpr const char* kGood = "# HELP a_total Help\n# TYPE a_total counter\na_total{x=\"1\"} 5\n";

TEST(MetricsReader, ReadsWhatIsRight) {
  const Exposition read = read_exposition(kGood);
  EXPECT_EQ(read.types, (std::map<std::string, std::string>{{"a_total", "counter"}}));
  EXPECT_EQ(read.series, (std::map<std::string, double>{{"a_total{x=\"1\"}", 5}}));
}

TEST(MetricsReader, NoticesWhatIsNot) {
  EXPECT_NONFATAL_FAILURE(read_exposition(std::string(kGood) + "a_total{x=\"1\"} 6\n"), "twice");
  EXPECT_NONFATAL_FAILURE(read_exposition(std::string(kGood) + "a_total{x=\"\xe2\n"), "not a line");
  EXPECT_NONFATAL_FAILURE(read_exposition(std::string(kGood) + "b_total 6\n"), "not with its family");
  EXPECT_NONFATAL_FAILURE(read_exposition(std::string(kGood) + "a_total{x=\"2\"} 6"), "text.back()");
}

}  // namespace
}  // namespace aoekit::daemon
