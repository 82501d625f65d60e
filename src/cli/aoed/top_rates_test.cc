// Rates from two looks, also where things came, went and began anew in between.
#include "cli/aoed/top_rates.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/fake_api_fixture.h"

namespace aoekit::cli {
namespace {

TopSample sample_of(const control::FakeApi& api, Duration at) {
  return {.at = at, .daemon = api.daemon(), .exports = api.exports({}), .clients = api.clients({}),
          .interfaces = api.interfaces()};
}

TEST(TopRates, AreDifferencesOverTime) {
  control::FakeApi api;
  const TopSample before = sample_of(api, std::chrono::seconds(10));
  target::IoStatistics& io = api.exports_[0].statistics;
  io.reads += 500;
  io.read_bytes += 500 * 4096;
  io.trims += 1;
  io.flushes += 2;
  io.others += 3;
  io.errors += 4;
  const TopData data = top_data(before, sample_of(api, std::chrono::seconds(12)));
  ASSERT_EQ(data.exports.size(), 2U);
  const IoRates& rates = data.exports[0].rates;
  EXPECT_DOUBLE_EQ(rates.reads, 250);
  EXPECT_DOUBLE_EQ(rates.read_bytes, 250 * 4096);
  EXPECT_DOUBLE_EQ(rates.writes, 0);
  EXPECT_DOUBLE_EQ(rates.others, 3);
  EXPECT_DOUBLE_EQ(rates.errors, 2);
  EXPECT_DOUBLE_EQ(data.total.reads, 250);
  EXPECT_EQ(data.exports[0].name, "database of rack 7");
  EXPECT_EQ(data.exports[1].name, "/srv/missing.img");
  EXPECT_EQ(data.exports[0].clients, 1U);
}

// What was slow yesterday does not count now.
TEST(TopRates, LatenciesAreThoseOfTheInterval) {
  control::FakeApi api;
  const TopSample before = sample_of(api, std::chrono::seconds(0));
  for (int i = 0; i < 98; ++i) api.exports_[0].statistics.read_latency.add(std::chrono::microseconds(5));
  for (int i = 0; i < 2; ++i) api.exports_[0].statistics.read_latency.add(std::chrono::milliseconds(5));
  const TopData data = top_data(before, sample_of(api, std::chrono::seconds(1)));
  const IoRates& rates = data.exports[0].rates;
  EXPECT_EQ(rates.read_p50, std::chrono::microseconds(8));
  EXPECT_EQ(rates.read_p99, std::chrono::microseconds(8192));
  EXPECT_EQ(rates.write_p50, Duration::zero());
  EXPECT_EQ(data.total.read_p99, std::chrono::microseconds(8192));
}

TEST(TopRates, ANewExportOrOneAddedAgainCountsFromZero) {
  control::FakeApi api;
  TopSample before = sample_of(api, std::chrono::seconds(0));
  before.exports[0].statistics.reads = 1'000'000;  // it was removed and added again since
  before.exports[0].statistics.read_latency.counts[4] = 1'000'000;
  before.exports.pop_back();
  const TopData data = top_data(before, sample_of(api, std::chrono::seconds(1)));
  EXPECT_DOUBLE_EQ(data.exports[0].rates.reads, 1000);
  EXPECT_EQ(data.exports[0].rates.read_p50, std::chrono::microseconds(32));
  EXPECT_EQ(data.exports.size(), 2U);
}

TEST(TopRates, ClientsAndInterfaces) {
  control::FakeApi api;
  const TopSample before = sample_of(api, std::chrono::seconds(0));
  api.clients_[0].statistics.writes += 8;
  TopSample after = sample_of(api, std::chrono::seconds(4));
  after.interfaces[0].receive_drops += 2;
  after.interfaces[0].send_drops += 2;
  after.interfaces[0].up = false;
  const TopData data = top_data(before, after);
  EXPECT_DOUBLE_EQ(data.clients.at(0).rates.writes, 2);
  EXPECT_EQ(data.clients[0].name, "db1");
  EXPECT_DOUBLE_EQ(data.interfaces.at(0).drops, 1);
  EXPECT_STREQ(data.interfaces[0].state, "down");
}

TEST(TopRates, AsJson) {
  control::FakeApi api;
  const TopSample before = sample_of(api, std::chrono::seconds(0));
  api.exports_[0].statistics.reads += 10;
  const auto json = top_json(top_data(before, sample_of(api, std::chrono::seconds(1))));
  EXPECT_EQ(json["exports"][0]["address"], "e1.2");
  EXPECT_EQ(json["exports"][0]["per_second"]["reads"], 10);
  EXPECT_EQ(json["exports"][1]["state"], "waiting");
  EXPECT_EQ(json["clients"].size(), 1U);
  EXPECT_EQ(json["interfaces"][0]["name"], "eth1");
  EXPECT_EQ(json["elapsed_seconds"], 1);
}

}  // namespace
}  // namespace aoekit::cli
