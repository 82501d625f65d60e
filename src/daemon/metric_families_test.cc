// The metrics: their text, their documentation, their dashboard, and their bounds.
#include "daemon/metric_families.h"

#include <gmock/gmock.h>
#include <prometheus/text_serializer.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <sstream>

#include "daemon/metrics_fixture.h"
#include "daemon/state_fixture.h"

namespace aoekit::daemon {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;

std::string text_of(const MetricsSnapshot& snapshot) {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, metric_families(snapshot));
  return text.str();
}

std::string source_file(const std::string& name) {
  std::ifstream file(std::string(AOEKIT_SOURCE) + "/" + name);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(MetricFamilies, SayWhatTheSnapshotSays) {
  const MetricsSnapshot snapshot = busy_snapshot();
  Exposition read = read_exposition(text_of(snapshot));
  const auto& s = read.series;
  const auto value = [&](const std::string& key) {
    EXPECT_THAT(s, Contains(Key(key)));
    return s.contains(key) ? s.at(key) : -1;
  };
  const auto& io = snapshot.exports[0].statistics;
  const auto count = [](std::uint64_t n) { return static_cast<double>(n); };
  EXPECT_EQ(value("aoe_target_build_info{version=\"1.2.3\"}"), 1);
  EXPECT_EQ(value("aoe_target_uptime_seconds"), 90.5);
  EXPECT_EQ(value("aoe_target_exports{state=\"waiting\"}"), 1);
  EXPECT_EQ(value("aoe_target_rejects_total{reason=\"silent_masked\"}"), count(snapshot.daemon.counters.silent_masked));
  EXPECT_EQ(value("aoe_target_late_copies_total"), count(snapshot.daemon.counters.late_copies));
  EXPECT_EQ(value("aoe_target_export_up{export=\"e1.2\"}"), 1);
  EXPECT_EQ(value("aoe_target_export_up{export=\"e1.3\"}"), 0);
  EXPECT_EQ(value("aoe_target_export_size_bytes{export=\"e1.2\"}"), 1 << 20);
  EXPECT_EQ(value("aoe_target_export_holder{export=\"e1.2\",client=\"02:00:00:00:00:09\"}"), 1);
  EXPECT_EQ(value("aoe_target_export_requests_total{export=\"e1.2\",operation=\"trim\"}"), count(io.trims));
  EXPECT_EQ(value("aoe_target_export_written_bytes_total{export=\"e1.2\"}"), count(io.written_bytes));
  EXPECT_EQ(value("aoe_target_export_info{export=\"e1.2\",path=\"/dev/vg/\\\"a\\\\b\\\"\",description=\"line\\nbreak ?\"}"), 1);
  EXPECT_EQ(value("aoe_target_interface_received_bytes_total{interface=\"eth0\"}"), 13);
  EXPECT_EQ(value("aoe_target_interface_up{interface=\"eth1\"}"), 0);
  EXPECT_EQ(value("aoe_target_client_idle_seconds{export=\"e1.2\",client=\"02:00:00:00:00:09\",name=\"db1\"}"), 1);
}

TEST(MetricFamilies, HistogramsAreCumulativeAndComplete) {
  const Exposition read = read_exposition(text_of(busy_snapshot()));
  const std::string name = "aoe_target_export_request_duration_seconds";
  const std::string labels = "{export=\"e1.2\",operation=\"write\"";
  const std::string bucket = name + "_bucket" + labels + ",le=\"";
  std::map<double, double> below;  // by bound
  for (const auto& [key, value] : read.series) {
    if (key.starts_with(bucket)) below[std::stod(key.substr(bucket.size()))] = value;
  }
  ASSERT_EQ(below.size(), target::LatencyHistogram::kBuckets);
  double expected = 0;
  std::size_t i = 0;
  for (const auto& [bound, value] : below) {
    expected += 2.0 * static_cast<double>(i);
    EXPECT_EQ(value, expected);
    const Duration whole = target::LatencyHistogram::bound(i++);
    if (i == below.size()) break;  // the last one has no bound
    EXPECT_DOUBLE_EQ(bound, std::chrono::duration<double>(whole).count());
  }
  EXPECT_EQ(below.rbegin()->first, std::numeric_limits<double>::infinity());
  EXPECT_EQ(read.series.at(name + "_count" + labels + "}"), expected);
  EXPECT_EQ(read.series.at(name + "_sum" + labels + "}"), 2.5);
}

TEST(MetricFamilies, FollowTheConventionsOfPrometheus) {
  for (const auto& [name, type] : read_exposition(text_of(busy_snapshot())).types) {
    EXPECT_TRUE(name.starts_with("aoe_target_")) << name;
    EXPECT_EQ(type == "counter", name.ends_with("_total")) << name;
    EXPECT_FALSE(std::regex_search(name, std::regex("_(ms|us|ns|kb|mb|sectors|milliseconds)(_|$)")) &&
                 name != "aoe_target_interface_sectors_per_frame")
        << name << ": seconds and bytes only";
  }
}

TEST(MetricFamilies, UnusedExportsCostLittle) {
  const std::string text = text_of(busy_snapshot());
  EXPECT_EQ(text.find("requests_total{export=\"e1.3\""), std::string::npos);
  EXPECT_EQ(text.find("duration_seconds_count{export=\"e1.3\""), std::string::npos);
  EXPECT_NE(text.find("size_bytes{export=\"e1.3\""), std::string::npos);
}

TEST(MetricFamilies, ClientsKnownLongestAreShown) {
  MetricsSnapshot snapshot = busy_snapshot();
  snapshot.clients.clear();
  for (std::uint32_t i = 0; i < kClientsShownMax + 3; ++i) {
    const wire::MacAddress mac{{2, 0, 0, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}};
    snapshot.clients.push_back(client(mac, std::chrono::seconds(10 + i)));
  }
  const Exposition read = read_exposition(text_of(snapshot));
  EXPECT_EQ(read.series.at("aoe_target_clients"), kClientsShownMax + 3);
  EXPECT_EQ(read.series.at("aoe_target_clients_hidden"), 3);
  const auto idle = [](const char* mac) {
    return "aoe_target_client_idle_seconds{export=\"e1.2\",client=\"" + std::string(mac) + "\",name=\"\"}";
  };
  EXPECT_THAT(read.series, Not(Contains(Key(idle("02:00:00:00:00:02")))));
  EXPECT_THAT(read.series, Contains(Key(idle("02:00:00:00:00:03"))));
  EXPECT_THAT(read.series, Contains(Key(idle("02:00:00:00:04:02"))));
}

// Prometheus' own opinion.
TEST(MetricFamilies, PassPromtool) {
  if (std::system("command -v promtool >/dev/null") != 0) GTEST_SKIP() << "promtool (package prometheus) is not installed";
  const ScratchDirectory dir;
  std::ofstream(dir / "metrics") << text_of(busy_snapshot());
  EXPECT_EQ(std::system(("promtool check metrics <" + (dir / "metrics")).c_str()), 0);
}

TEST(MetricFamilies, WithoutASnapshotItSaysSo) {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, metric_families_without_snapshot());
  EXPECT_EQ(read_exposition(text.str()).series, (std::map<std::string, double>{{"aoe_target_snapshot_ok", 0}}));
}

// docs/metrics.md has a row for each metric, with its type and labels, and for each reason of a reject.
TEST(MetricFamilies, AreDocumented) {
  std::set<std::string> rows;
  const std::string text = source_file("docs/metrics.md");
  const std::regex row(R"re(\n\| `([a-z_]+)` \| (counter|gauge|histogram|summary) \| ([^|]*) \|)re");
  for (std::sregex_iterator it(text.begin(), text.end(), row), end; it != end; ++it) {
    rows.insert((*it)[1].str() + " " + (*it)[2].str() + " " + (*it)[3].str());
  }
  std::set<std::string> metrics;
  const char* const types[] = {"counter", "gauge", "summary", "untyped", "histogram"};
  for (const prometheus::MetricFamily& family : metric_families(busy_snapshot())) {
    ASSERT_FALSE(family.metric.empty()) << family.name;
    std::string labels;
    for (const auto& label : family.metric[0].label) labels += (labels.empty() ? "" : ", ") + label.name;
    metrics.insert(family.name + " " + types[static_cast<std::size_t>(family.type)] + " " + labels);
  }
  EXPECT_EQ(rows, metrics);
  for (const target::CounterName& counter : target::kTargetCounterNames) {
    if (counter.kind != target::CounterKind::reject) continue;
    EXPECT_NE(text.find(fmt::format("\n| `{}` | ", counter.name)), std::string::npos) << "no row for " << counter.name;
  }
}

// packaging/grafana/aoekit.json asks for nothing that is not there.
TEST(MetricFamilies, AreWhatTheDashboardShows) {
  const std::string dashboard = source_file("packaging/grafana/aoekit.json");
  const std::set<std::string> names = read_exposition(text_of(busy_snapshot())).sample_names();
  const std::regex metric("aoe_target_[a-z_]+");
  std::set<std::string> used;
  for (std::sregex_iterator it(dashboard.begin(), dashboard.end(), metric), end; it != end; ++it) used.insert(it->str());
  EXPECT_GT(used.size(), 15U);
  for (const std::string& name : used) EXPECT_THAT(names, Contains(name));
}

TEST(MetricFamilies, LabelsAreValidUtf8) {
  EXPECT_EQ(valid_utf8(""), "");
  EXPECT_EQ(valid_utf8("Größe \xe2\x82\xac \xf0\x9f\x98\x80"), "Größe \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(valid_utf8("a\xff" "b\xc3"), "a?b?");
  EXPECT_EQ(valid_utf8("\xc0\xaf"), "??");              // longer than need be
  EXPECT_EQ(valid_utf8("\xe0\x80\xaf"), "???");
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "???");         // a surrogate
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), "????");    // beyond U+10FFFF
  EXPECT_EQ(valid_utf8("\xe2\x82"), "??");              // cut
}

}  // namespace
}  // namespace aoekit::daemon
