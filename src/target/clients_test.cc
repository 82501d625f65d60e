// The table of clients: who is found, who is forgotten, and what is under way.
#include "target/clients.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/prng.h"

namespace aoekit::target {
namespace {

using std::chrono::seconds;

wire::MacAddress mac(std::uint32_t number) {
  return {{2, 0, static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
           static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}};
}
Instant at(std::uint32_t second) { return Instant{} + seconds(second); }

TEST(Clients, AreStationsAtExports) {
  ClientTable clients(10, 1);
  const ClientIndex one = clients.meet(ExportId{1}, mac(1), at(1));
  EXPECT_EQ(clients.meet(ExportId{1}, mac(1), at(5)), one);
  EXPECT_NE(clients.meet(ExportId{2}, mac(1), at(5)), one);
  EXPECT_NE(clients.meet(ExportId{1}, mac(2), at(5)), one);
  EXPECT_EQ(clients.find(ExportId{2}, mac(2), at(5)), kNoClient);
  EXPECT_EQ(clients.find(ExportId{1}, mac(1), at(7)), one);
  EXPECT_EQ(clients.size(), 3U);
  EXPECT_EQ(clients[one].record.first_seen, at(1));
  EXPECT_EQ(clients[one].record.last_seen, at(7));
  EXPECT_EQ(clients[one].record.device, ExportId{1});
  EXPECT_EQ(clients[one].record.mac, mac(1));
}

TEST(Clients, ANewcomerTakesThePlaceOfTheOneSilentForLongest) {
  ClientTable clients(3, 1);
  for (std::uint32_t i = 1; i <= 3; ++i) clients.meet(ExportId{0}, mac(i), at(i));
  clients.find(ExportId{0}, mac(1), at(4));
  clients.meet(ExportId{0}, mac(9), at(5));
  EXPECT_EQ(clients.size(), 3U);
  EXPECT_EQ(clients.find(ExportId{0}, mac(2), at(6)), kNoClient);
  EXPECT_NE(clients.find(ExportId{0}, mac(1), at(6)), kNoClient);
  EXPECT_NE(clients.find(ExportId{0}, mac(3), at(6)), kNoClient);
  EXPECT_EQ(clients[clients.find(ExportId{0}, mac(9), at(6))].record.first_seen, at(5));
}

TEST(Clients, OneWithSomethingUnderWayStays) {
  ClientTable clients(3, 1);
  const ClientIndex busy = clients.meet(ExportId{0}, mac(1), at(1));
  clients.request_begins(busy);
  for (std::uint32_t i = 2; i < 50; ++i) clients.meet(ExportId{0}, mac(i), at(i));
  EXPECT_EQ(clients.find(ExportId{0}, mac(1), at(60)), busy);
  clients.request_ends(busy);
  for (std::uint32_t i = 60; i < 63; ++i) clients.meet(ExportId{0}, mac(i), at(i));
  EXPECT_EQ(clients.find(ExportId{0}, mac(1), at(70)), kNoClient);
}

TEST(Clients, StationsCountWhatTheyHaveUnderWayAtAllExports) {
  ClientTable clients(10, 1);
  const ClientIndex here = clients.meet(ExportId{1}, mac(1), at(1));
  const ClientIndex there = clients.meet(ExportId{2}, mac(1), at(1));
  const ClientIndex other = clients.meet(ExportId{2}, mac(2), at(1));
  clients.request_begins(here);
  clients.request_begins(there);
  EXPECT_EQ(clients.stations_active(), 1U);
  clients.request_begins(other);
  EXPECT_EQ(clients.stations_active(), 2U);
  EXPECT_EQ(clients.in_flight_of_station(here), 2U);
  EXPECT_EQ(clients[here].record.in_flight, 1U);
  clients.request_ends(here);
  EXPECT_EQ(clients.in_flight_of_station(there), 1U);
  clients.request_ends(there);
  clients.request_ends(other);
  EXPECT_EQ(clients.stations_active(), 0U);
}

TEST(Clients, AnExportThatIsGoneTakesItsClientsAlong) {
  ClientTable clients(10, 1);
  for (std::uint32_t i = 0; i < 8; ++i) clients.meet(ExportId{i % 2}, mac(i), at(i));
  clients.forget(ExportId{1});
  const auto records = clients.records();
  EXPECT_EQ(records.size(), 4U);
  EXPECT_TRUE(std::ranges::all_of(records, [](const auto& record) { return record.device == ExportId{0}; }));
  for (std::uint32_t i = 10; i < 16; ++i) clients.meet(ExportId{2}, mac(i), at(i));
  EXPECT_EQ(clients.size(), 10U);
}

// Against a list that is searched from end to end.
TEST(Clients, AThousandStationsComeAndGoAsInAPlainList) {
  constexpr std::size_t kCapacity = 100;
  ClientTable clients(kCapacity, 42);
  std::vector<std::pair<std::uint32_t, wire::MacAddress>> plain;  // the one heard of last at the end
  Prng prng(5);
  for (std::uint32_t step = 0; step < 20000; ++step) {
    const auto device = static_cast<std::uint32_t>(prng.below(3));
    const wire::MacAddress station = mac(static_cast<std::uint32_t>(prng.below(prng.below(4) == 0 ? 1000 : 20)));
    const std::pair wanted{device, station};
    const auto found = std::ranges::find(plain, wanted);
    if (prng.below(50) == 0) {
      clients.forget(ExportId{device});
      std::erase_if(plain, [&](const auto& one) { return one.first == device; });
    } else if (prng.below(3) == 0) {
      const ClientIndex index = clients.find(ExportId{device}, station, at(step));
      ASSERT_EQ(index != kNoClient, found != plain.end()) << "step " << step;
      if (found != plain.end()) std::rotate(found, found + 1, plain.end());
    } else {
      clients.meet(ExportId{device}, station, at(step));
      if (found != plain.end()) plain.erase(found);
      if (plain.size() == kCapacity) plain.erase(plain.begin());
      plain.push_back(wanted);
    }
    ASSERT_EQ(clients.size(), plain.size());
  }
  const auto records = clients.records();
  ASSERT_EQ(records.size(), plain.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::pair expected{records[i].device.value, records[i].mac};
    EXPECT_EQ(plain[plain.size() - 1 - i], expected);
  }
}

}  // namespace
}  // namespace aoekit::target
