// What `aoe top` shows, computed from two looks at a daemon: rates and the latencies of what was answered in between.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/time.h"
#include "control/api.h"

namespace aoekit::cli {

// One look at everything. `at` is when it was taken, by any steady clock.
struct TopSample {
  Duration at{};
  control::DaemonInfo daemon;
  std::vector<control::ExportInfo> exports;        // by address
  std::vector<control::ClientInfo> clients;        // by address and MAC
  std::vector<control::InterfaceInfo> interfaces;  // by name
};

// Per second. Latencies are upper bounds (a histogram's buckets double); zero: nothing was answered.
struct IoRates {
  double reads = 0;
  double writes = 0;
  double others = 0;
  double read_bytes = 0;
  double written_bytes = 0;
  double errors = 0;
  double again = 0;    // retransmissions seen
  double dropped = 0;
  double delayed = 0;
  Duration read_p50{};
  Duration read_p99{};
  Duration write_p50{};
  Duration write_p99{};
};

// Counters that went back (the export was removed and added again) count from zero. `elapsed` > 0.
IoRates io_rates(const target::IoStatistics& before, const target::IoStatistics& after, Duration elapsed);

struct ExportRow {
  wire::AoeAddress address;
  std::string name;  // its description, or else its path
  control::ExportInfo::State state = control::ExportInfo::State::serving;
  IoRates rates;
  std::size_t in_flight = 0;
  std::size_t clients = 0;  // seen in the last minute
};
struct ClientRow {
  wire::AoeAddress address;
  wire::MacAddress mac;
  std::string name;  // "" without
  IoRates rates;
  std::size_t in_flight = 0;
  Duration last_seen{};
};
struct InterfaceRow {
  std::string name;
  const char* state = "up";  // or "down", "missing"
  std::uint32_t mtu_bytes = 0;
  std::size_t exports = 0;
  double frames_received = 0;  // all per second
  double frames_sent = 0;
  double bytes_received = 0;
  double bytes_sent = 0;
  double drops = 0;
};

struct TopData {
  control::DaemonInfo daemon;
  Duration elapsed{};
  IoRates total;  // over all exports
  std::vector<ExportRow> exports;
  std::vector<ClientRow> clients;
  std::vector<InterfaceRow> interfaces;
};

// REQUIRES: after.at > before.at. What was not there before counts from zero.
TopData top_data(const TopSample& before, const TopSample& after);

nlohmann::ordered_json top_json(const TopData& data);

}  // namespace aoekit::cli
