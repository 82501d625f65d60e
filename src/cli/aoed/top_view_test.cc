// The screen as text: everything fits, order and filter do what they say, keys do what the help line says.
#include "cli/aoed/top_view.h"

#include <gtest/gtest.h>

#include "control/fake_api_fixture.h"

namespace aoekit::cli {
namespace {

// Many exports with ever larger numbers, the last with the largest that there are.
TopData many() {
  control::FakeApi api;
  api.exports_.clear();
  TopSample before;
  for (std::uint16_t i = 0; i < 100; ++i) {
    control::ExportInfo info;
    info.config.address = {static_cast<std::uint16_t>(65000 + i), 254};
    info.config.path = "/srv/a very long path, which says where the disk image lies/" + std::string(100, 'x');
    info.in_flight = 100000 + i;
    before.exports.push_back(info);
    info.statistics.reads = info.statistics.writes = std::uint64_t{1} << (i * 63 / 99);
    info.statistics.read_bytes = info.statistics.written_bytes = std::uint64_t{1} << (i * 63 / 99);
    info.statistics.read_latency.counts[i * 23U / 99] = 5;
    info.statistics.write_latency.counts[23 - i * 23U / 99] = 5;
    api.exports_.push_back(info);
  }
  TopSample after{.at = std::chrono::seconds(1), .daemon = api.daemon(), .exports = api.exports({}),
                  .clients = api.clients({}), .interfaces = api.interfaces()};
  after.clients[0].statistics = api.exports_[99].statistics;
  after.clients[0].address = {65099, 254};
  return top_data(before, after);
}

std::string text_of(const std::vector<TopLine>& lines) {
  std::string text;
  for (const TopLine& line : lines) text += line.text + "\n";
  return text;
}

TEST(TopView, EveryLineFitsEveryScreen) {
  const TopData data = many();
  for (const TopTab tab : {TopTab::exports, TopTab::clients, TopTab::interfaces}) {
    for (const std::size_t width : {80U, 40U, 1U, 200U}) {
      for (const std::size_t height : {24U, 6U, 1U, 0U, 60U}) {
        TopState state{.tab = tab, .trouble = std::string(500, '\x1b')};
        const auto lines = top_lines(data, state, width, height);
        EXPECT_EQ(lines.size(), height);
        for (const TopLine& line : lines) {
          EXPECT_LE(line.text.size(), width);
          for (const char c : line.text) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << line.text;
        }
      }
    }
  }
}

// The widest numbers do not run into each other.
TEST(TopView, ColumnsStayApart) {
  const TopData data = many();
  TopState state;
  const auto lines = top_lines(data, state, kAllRows, kAllRows);
  ASSERT_EQ(lines.size(), 105U);
  for (std::size_t i = 5; i < lines.size(); ++i) {
    // Eleven columns before the name.
    std::size_t words = 0;
    for (std::size_t at = 0; at < 70; ++at) {
      words += lines[i].text[at] != ' ' && (at == 0 || lines[i].text[at - 1] == ' ') ? 1 : 0;
    }
    EXPECT_EQ(words, 11U) << lines[i].text;
  }
}

TEST(TopView, SortsByWhatIsAskedFor) {
  const TopData data = many();
  TopState state{.sort = TopSort::requests};
  EXPECT_TRUE(top_lines(data, state, 80, 24)[5].text.starts_with("e65099.254"));
  state.reversed = true;
  EXPECT_TRUE(top_lines(data, state, 80, 24)[5].text.starts_with("e65000.254"));
  state = {.sort = TopSort::address};
  EXPECT_TRUE(top_lines(data, state, 80, 24)[5].text.starts_with("e65000.254"));
  state.sort = TopSort::queue;
  EXPECT_TRUE(top_lines(data, state, 80, 24)[5].text.starts_with("e65099.254"));
}

TEST(TopView, Filters) {
  const TopData data = many();
  TopState state{.filter = "e65042"};
  const std::string text = text_of(top_lines(data, state, 80, 24));
  EXPECT_NE(text.find("e65042.254"), std::string::npos);
  EXPECT_EQ(text.find("e65043.254"), std::string::npos);
  EXPECT_NE(text.find("only with: e65042"), std::string::npos);
}

TEST(TopView, ScrollsNoFurtherThanThereIs) {
  const TopData data = many();
  TopState state{.sort = TopSort::address, .scroll = 1000};
  const auto lines = top_lines(data, state, 80, 24);
  EXPECT_EQ(state.scroll, 100U - 18U);
  EXPECT_TRUE(lines[22].text.starts_with("e65099.254"));
}

TEST(TopView, MarksWhatIsNotServed) {
  control::FakeApi api;
  const TopSample sample{.daemon = api.daemon(), .exports = api.exports({}), .clients = {}, .interfaces = {}};
  TopSample later = sample;
  later.at = std::chrono::seconds(1);
  TopState state{.sort = TopSort::address};
  const auto lines = top_lines(top_data(sample, later), state, 80, 24);
  EXPECT_EQ(lines[5].style, TopLine::Style::plain);
  EXPECT_EQ(lines[6].style, TopLine::Style::bad);
}

TEST(TopView, Keys) {
  TopState state;
  EXPECT_EQ(top_key(state, 'q'), TopReaction::quit);
  top_key(state, 'c');
  EXPECT_EQ(state.tab, TopTab::clients);
  top_key(state, 's');
  EXPECT_EQ(state.sort, TopSort::bytes);
  top_key(state, 'p');
  EXPECT_TRUE(state.paused);
  top_key(state, kTopUp);
  EXPECT_EQ(state.scroll, 0U);
  top_key(state, '/');
  EXPECT_EQ(top_key(state, 'q'), TopReaction::redraw) << "a letter of the filter";
  top_key(state, 'x');
  top_key(state, kTopErase);
  top_key(state, kTopEnter);
  EXPECT_EQ(state.filter, "q");
  EXPECT_FALSE(state.typing);
  top_key(state, kTopEscape);
  EXPECT_EQ(state.filter, "");
}

}  // namespace
}  // namespace aoekit::cli
