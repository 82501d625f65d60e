// Values survive the way to JSON and back, and every field takes part.
#include "control/json.h"

#include <gtest/gtest.h>

#include "control/fake_api_fixture.h"
#include "control/params.h"

namespace aoekit::control {
namespace {

template <class T>
void expect_same_after_round_trip(const T& value) {
  const Json json = Json::parse(to_line(encode(value)));
  const auto again = decode<T>(json, Unknown::refused);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_line(encode(*again)), to_line(json));
}

TEST(ControlJson, RoundTrips) {
  const FakeApi api;
  expect_same_after_round_trip(api.daemon());
  for (const ExportInfo& each : api.exports({})) expect_same_after_round_trip(each);
  for (const InterfaceInfo& each : api.interfaces()) expect_same_after_round_trip(each);
  for (const ClientInfo& each : api.clients({})) expect_same_after_round_trip(each);
}

TEST(ControlJson, KeepsTheValues) {
  const ExportInfo shown = FakeApi().exported({1, 2}).value();
  const auto again = decode<ExportInfo>(encode(shown), Unknown::refused);
  ASSERT_TRUE(again);
  EXPECT_TRUE(config::same(again->config, shown.config));
  EXPECT_EQ(again->config_string, shown.config_string);
  EXPECT_EQ(again->mask, shown.mask);
  EXPECT_EQ(again->last_used, shown.last_used);
  EXPECT_EQ(again->statistics.read_latency.counts, shown.statistics.read_latency.counts);
  EXPECT_EQ(again->size, shown.size);
}

// Structs of numbers alone: a field that fields() forgets is missed here.
TEST(ControlJson, CountsEveryCounter) {
  EXPECT_EQ(encode(target::TargetCounters{}).size() * sizeof(std::uint64_t), sizeof(target::TargetCounters));
  EXPECT_EQ((encode(target::IoStatistics{}).size() - 2) * sizeof(std::uint64_t) + 2 * sizeof(target::LatencyHistogram),
            sizeof(target::IoStatistics));
}

TEST(ControlJson, LargeNumbersAreExact) {
  InterfaceInfo info;
  info.bytes_sent = ~std::uint64_t{0};
  const auto again = decode<InterfaceInfo>(Json::parse(to_line(encode(info))), Unknown::refused);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bytes_sent, info.bytes_sent);
}

TEST(ControlJson, RangesAreChecked) {
  Json json = encode(InterfaceInfo{});
  json["mtu_bytes"] = 4294967296U;
  EXPECT_EQ(decode<InterfaceInfo>(json, Unknown::refused).error().message,
            "mtu_bytes: expected a whole number from 0 to 4294967295");
  json["mtu_bytes"] = 1.5;
  EXPECT_FALSE(decode<InterfaceInfo>(json, Unknown::refused));
  json["mtu_bytes"] = -1;
  EXPECT_FALSE(decode<InterfaceInfo>(json, Unknown::refused));
  Json times = encode(ClientInfo{});
  times["last_seen_seconds"] = -0.5;
  EXPECT_FALSE(decode<ClientInfo>(times, Unknown::refused));
}

TEST(ControlJson, AnswersMayHaveMoreThanIsKnown) {
  Json json = encode(InterfaceInfo{});
  json["colour"] = "blue";
  EXPECT_TRUE(decode<InterfaceInfo>(json, Unknown::ignored));
  EXPECT_FALSE(decode<InterfaceInfo>(json, Unknown::refused));
}

TEST(ControlJson, MistakesInListsAreNumbered) {
  const Json json{{"address", "e1.2"}, {"edit", "set"}, {"stations", {"02:00:00:00:00:01", 7}}};
  EXPECT_EQ(decode<StationsParams>(json, Unknown::refused).error().message,
            "stations: entry 2: expected a MAC address like \"02:00:00:00:00:01\"");
}

TEST(ControlJson, CodesHaveWords) {
  for (const Code code : kCodes) EXPECT_EQ(code_from(code_name(code)), code);
  EXPECT_EQ(code_from("whatever"), Code::failed);
}

}  // namespace
}  // namespace aoekit::control
