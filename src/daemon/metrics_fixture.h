// For tests of the metrics: a daemon that says what it is told to, and a strict reader of the exposition format.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/metric_families.h"

namespace aoekit::daemon {

// Answers questions; nothing can be changed.
class QuietApi : public control::Api {
 public:
  control::DaemonInfo daemon() const override { return snapshot.daemon; }
  std::vector<control::ExportInfo> exports(const control::ExportPage&) const override { return snapshot.exports; }
  std::vector<control::InterfaceInfo> interfaces() const override { return snapshot.interfaces; }
  std::vector<control::ClientInfo> clients(const control::ClientPage&) const override { return snapshot.clients; }

  control::Answer<control::ExportInfo> exported(wire::AoeAddress) const override { return no(); }
  using Notes = control::Answer<control::Notes>;
  using Done = control::Done;
  void add_export(wire::AoeAddress, const std::string&, control::Save, Done done) override { done(no()); }
  void set_export(wire::AoeAddress, const std::string&, control::Save, Done done) override { done(no()); }
  Notes remove_export(wire::AoeAddress, control::Force, control::Save) override { return no(); }
  Notes announce(std::optional<wire::AoeAddress>) override { return no(); }
  Notes resize(wire::AoeAddress, std::optional<Sectors>, control::Force) override { return no(); }
  Notes set_mask(wire::AoeAddress, std::vector<wire::MacAddress>) override { return no(); }
  Notes set_reservation(wire::AoeAddress, std::vector<wire::MacAddress>) override { return no(); }
  Notes release(wire::AoeAddress) override { return no(); }
  Notes reload() override { return no(); }

  MetricsSnapshot snapshot;

 private:
  static tl::unexpected<control::Refusal> no() {
    ADD_FAILURE() << "metrics only ask";
    return control::refuse(control::Code::failed, "no");
  }
};

inline control::ClientInfo client(wire::MacAddress mac, Duration first_seen) {
  control::ClientInfo info;
  info.address = {1, 2};
  info.mac = mac;
  info.first_seen = first_seen;
  return info;
}

// A daemon in which every metric has something to say: each number is different from every other.
inline MetricsSnapshot busy_snapshot() {
  std::uint64_t next = 1000;
  const auto statistics = [&next] {
    target::IoStatistics s;
    for (auto* field : {&s.reads, &s.writes, &s.flushes, &s.trims, &s.others, &s.read_bytes, &s.written_bytes, &s.errors,
                        &s.retransmissions, &s.refused, &s.delayed, &s.dropped}) {
      *field = next++;
    }
    for (std::size_t i = 0; i < target::LatencyHistogram::kBuckets; ++i) {
      s.read_latency.counts[i] = i;
      s.write_latency.counts[i] = 2 * i;
    }
    s.read_latency.sum_ns = 1'500'000'000;
    s.write_latency.sum_ns = 2'500'000'000;
    return s;
  };
  MetricsSnapshot snapshot;
  snapshot.daemon.version = "1.2.3";
  snapshot.daemon.uptime = std::chrono::milliseconds(90'500);
  snapshot.daemon.exports = 2;
  snapshot.daemon.threads = 4;
  snapshot.daemon.warnings = 7;
  for (const auto& counter : target::kTargetCounterNames) snapshot.daemon.counters.*counter.member = next++;
  snapshot.exports.resize(2);
  control::ExportInfo& used = snapshot.exports[0];
  used.config.address = {1, 2};
  used.config.path = "/dev/vg/\"a\\b\"";
  used.config.description = "line\nbreak \xff";
  used.size = Sectors{2048};
  used.mask.resize(1);
  used.reserved_for.resize(2);
  used.holder = wire::MacAddress{{2, 0, 0, 0, 0, 9}};
  used.in_flight = 3;
  used.last_used = std::chrono::milliseconds(250);
  used.statistics = statistics();
  control::ExportInfo& idle = snapshot.exports[1];
  idle.config.address = {1, 3};
  idle.state = control::ExportInfo::State::waiting;
  snapshot.interfaces.resize(2);
  control::InterfaceInfo& interface = snapshot.interfaces[0];
  interface.name = "eth0";
  interface.up = interface.present = true;
  interface.mtu_bytes = 9000;
  interface.bytes_received = 13;
  snapshot.interfaces[1].name = "eth1";
  snapshot.clients = {client({{2, 0, 0, 0, 0, 9}}, std::chrono::seconds(60))};
  snapshot.clients[0].name = "db1";
  snapshot.clients[0].last_seen = std::chrono::seconds(1);
  snapshot.clients[0].statistics = statistics();
  return snapshot;
}

// What the text says: families with their types, and series with their values.
struct Exposition {
  std::map<std::string, std::string> types;
  std::map<std::string, double> series;  // "name{label="value",...}" as it stands

  std::set<std::string> sample_names() const {
    std::set<std::string> names;
    for (const auto& [key, value] : series) names.insert(key.substr(0, key.find('{')));
    return names;
  }
};

// Reads the text format 0.0.4; whatever breaks its rules fails the test.
Exposition read_exposition(const std::string& text);

}  // namespace aoekit::daemon
