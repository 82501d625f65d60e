// Differences of counters, over time.
#include "cli/aoed/top_rates.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "control/schema.h"

namespace aoekit::cli {
namespace {

using control::ClientKey;
using target::IoStatistics;
using target::LatencyHistogram;

constexpr Duration kActive = std::chrono::minutes(1);

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

double rate(std::uint64_t before, std::uint64_t after, Duration elapsed) {
  return static_cast<double>(after >= before ? after - before : after) / seconds_of(elapsed);
}

LatencyHistogram difference(const LatencyHistogram& before, const LatencyHistogram& after) {
  LatencyHistogram result;
  for (std::size_t i = 0; i < result.counts.size(); ++i) {
    if (after.counts[i] < before.counts[i]) return after;
    result.counts[i] = after.counts[i] - before.counts[i];
  }
  return result;
}

void add_histogram(LatencyHistogram& sum, const LatencyHistogram& more) {
  for (std::size_t i = 0; i < sum.counts.size(); ++i) sum.counts[i] += more.counts[i];
}

void set_latencies(IoRates& rates, const LatencyHistogram& reads, const LatencyHistogram& writes) {
  rates.read_p50 = reads.quantile(0.5);
  rates.read_p99 = reads.quantile(0.99);
  rates.write_p50 = writes.quantile(0.5);
  rates.write_p99 = writes.quantile(0.99);
}

void add_rates(IoRates& sum, const IoRates& more) {
  sum.reads += more.reads;
  sum.writes += more.writes;
  sum.others += more.others;
  sum.read_bytes += more.read_bytes;
  sum.written_bytes += more.written_bytes;
  sum.errors += more.errors;
  sum.again += more.again;
  sum.dropped += more.dropped;
  sum.delayed += more.delayed;
}

void add_exports(const TopSample& before, const TopSample& after, TopData& data) {
  std::map<wire::AoeAddress, const IoStatistics*> old;
  for (const auto& each : before.exports) old[each.config.address] = &each.statistics;
  std::map<wire::AoeAddress, std::size_t> clients;
  for (const auto& each : after.clients) clients[each.address] += each.last_seen <= kActive ? 1 : 0;
  const IoStatistics none;
  LatencyHistogram reads, writes;
  for (const auto& each : after.exports) {
    const auto found = old.find(each.config.address);
    const IoStatistics& was = found == old.end() ? none : *found->second;
    ExportRow row{.address = each.config.address,
                  .name = each.config.description.empty() ? each.config.path : each.config.description,
                  .state = each.state,
                  .rates = io_rates(was, each.statistics, data.elapsed),
                  .in_flight = each.in_flight,
                  .clients = clients[each.config.address]};
    add_rates(data.total, row.rates);
    add_histogram(reads, difference(was.read_latency, each.statistics.read_latency));
    add_histogram(writes, difference(was.write_latency, each.statistics.write_latency));
    data.exports.push_back(std::move(row));
  }
  set_latencies(data.total, reads, writes);
}

void add_clients(const TopSample& before, const TopSample& after, TopData& data) {
  std::map<ClientKey, const IoStatistics*> old;
  for (const auto& each : before.clients) old[{each.address, each.mac}] = &each.statistics;
  const IoStatistics none;
  for (const auto& each : after.clients) {
    const auto found = old.find({each.address, each.mac});
    data.clients.push_back({.address = each.address,
                            .mac = each.mac,
                            .name = each.name,
                            .rates = io_rates(found == old.end() ? none : *found->second, each.statistics, data.elapsed),
                            .in_flight = each.in_flight,
                            .last_seen = each.last_seen});
  }
}

void add_interfaces(const TopSample& before, const TopSample& after, TopData& data) {
  for (const auto& each : after.interfaces) {
    const auto found = std::find_if(before.interfaces.begin(), before.interfaces.end(),
                                    [&](const auto& old) { return old.name == each.name; });
    const control::InterfaceInfo was = found == before.interfaces.end() ? control::InterfaceInfo{} : *found;
    const auto per_second = [&](std::uint64_t control::InterfaceInfo::*counter) {
      return rate(was.*counter, each.*counter, data.elapsed);
    };
    data.interfaces.push_back({.name = each.name,
                               .state = !each.present ? "missing" : each.up ? "up" : "down",
                               .mtu_bytes = each.mtu_bytes,
                               .exports = each.exports,
                               .frames_received = per_second(&control::InterfaceInfo::frames_received),
                               .frames_sent = per_second(&control::InterfaceInfo::frames_sent),
                               .bytes_received = per_second(&control::InterfaceInfo::bytes_received),
                               .bytes_sent = per_second(&control::InterfaceInfo::bytes_sent),
                               .drops = per_second(&control::InterfaceInfo::receive_drops) +
                                        per_second(&control::InterfaceInfo::send_drops)});
  }
}

nlohmann::ordered_json rates_json(const IoRates& rates) {
  const auto us = [](Duration latency) { return std::chrono::duration<double, std::micro>(latency).count(); };
  return {{"reads", rates.reads},
          {"writes", rates.writes},
          {"others", rates.others},
          {"read_bytes", rates.read_bytes},
          {"written_bytes", rates.written_bytes},
          {"errors", rates.errors},
          {"retransmissions", rates.again},
          {"dropped", rates.dropped},
          {"delayed", rates.delayed},
          {"read_p50_us", us(rates.read_p50)},
          {"read_p99_us", us(rates.read_p99)},
          {"write_p50_us", us(rates.write_p50)},
          {"write_p99_us", us(rates.write_p99)}};
}

}  // namespace

IoRates io_rates(const IoStatistics& before, const IoStatistics& after, Duration elapsed) {
  const auto per_second = [&](std::uint64_t IoStatistics::*counter) {
    return rate(before.*counter, after.*counter, elapsed);
  };
  IoRates rates{.reads = per_second(&IoStatistics::reads),
                .writes = per_second(&IoStatistics::writes),
                .others = per_second(&IoStatistics::others) + per_second(&IoStatistics::flushes) +
                          per_second(&IoStatistics::trims),
                .read_bytes = per_second(&IoStatistics::read_bytes),
                .written_bytes = per_second(&IoStatistics::written_bytes),
                .errors = per_second(&IoStatistics::errors),
                .again = per_second(&IoStatistics::retransmissions),
                .dropped = per_second(&IoStatistics::dropped),
                .delayed = per_second(&IoStatistics::delayed)};
  set_latencies(rates, difference(before.read_latency, after.read_latency),
                difference(before.write_latency, after.write_latency));
  return rates;
}

TopData top_data(const TopSample& before, const TopSample& after) {
  TopData data;
  data.daemon = after.daemon;
  data.elapsed = after.at - before.at;
  add_exports(before, after, data);
  add_clients(before, after, data);
  add_interfaces(before, after, data);
  return data;
}

nlohmann::ordered_json top_json(const TopData& data) {
  auto exports = nlohmann::ordered_json::array();
  for (const ExportRow& row : data.exports) {
    exports.push_back({{"address", row.address.to_string()},
                       {"name", row.name},
                       {"state", control::encode_value(row.state)},
                       {"in_flight", row.in_flight},
                       {"clients", row.clients},
                       {"per_second", rates_json(row.rates)}});
  }
  auto clients = nlohmann::ordered_json::array();
  for (const ClientRow& row : data.clients) {
    clients.push_back({{"address", row.address.to_string()},
                       {"mac", row.mac.to_string()},
                       {"name", row.name},
                       {"in_flight", row.in_flight},
                       {"last_seen_seconds", seconds_of(row.last_seen)},
                       {"per_second", rates_json(row.rates)}});
  }
  auto interfaces = nlohmann::ordered_json::array();
  for (const InterfaceRow& row : data.interfaces) {
    interfaces.push_back({{"name", row.name},
                          {"state", row.state},
                          {"mtu_bytes", row.mtu_bytes},
                          {"exports", row.exports},
                          {"per_second",
                           {{"frames_received", row.frames_received},
                            {"frames_sent", row.frames_sent},
                            {"bytes_received", row.bytes_received},
                            {"bytes_sent", row.bytes_sent},
                            {"drops", row.drops}}}});
  }
  return {{"elapsed_seconds", seconds_of(data.elapsed)},
          {"total", rates_json(data.total)},
          {"exports", std::move(exports)},
          {"clients", std::move(clients)},
          {"interfaces", std::move(interfaces)}};
}

}  // namespace aoekit::cli
