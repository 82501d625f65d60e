// Snapshots to metric families, mostly by table.
#include "daemon/metric_families.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/metric_writer.h"

namespace aoekit::daemon {
namespace {

using control::ClientInfo;
using control::ExportInfo;
using control::InterfaceInfo;
using target::IoStatistics;

constexpr const char* kSnapshotName = "aoe_target_snapshot_ok";
constexpr const char* kSnapshotHelp = "1 if aoed answered in time; if 0, all other metrics are missing";

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
double number(std::uint64_t value) { return static_cast<double>(value); }
double number(bool value) { return value ? 1 : 0; }

struct Total {
  const char* name;
  const char* help;
  std::uint64_t IoStatistics::*member;
};
constexpr std::array kTotals{
    Total{"read_bytes_total", "Bytes that were read", &IoStatistics::read_bytes},
    Total{"written_bytes_total", "Bytes that were written", &IoStatistics::written_bytes},
    Total{"errors_total", "Requests answered with an error, ATA's or AoE's", &IoStatistics::errors},
    Total{"retransmissions_total", "Copies of requests that were seen before", &IoStatistics::retransmissions},
    Total{"refused_total", "Requests refused by access lists, reservations and exclusive holders",
          &IoStatistics::refused},
    Total{"delayed_total", "Requests that waited for a rate limit or their turn", &IoStatistics::delayed},
    Total{"dropped_total", "Requests dropped for lack of room", &IoStatistics::dropped},
};

constexpr std::array<std::pair<const char*, std::uint64_t IoStatistics::*>, 5> kOperations{{
    {"read", &IoStatistics::reads},
    {"write", &IoStatistics::writes},
    {"flush", &IoStatistics::flushes},
    {"trim", &IoStatistics::trims},
    {"other", &IoStatistics::others},
}};
constexpr std::array<std::pair<const char*, target::LatencyHistogram IoStatistics::*>, 2> kTimed{{
    {"read", &IoStatistics::read_latency},
    {"write", &IoStatistics::write_latency},
}};

MetricLabels labels_of(const ExportInfo& exported) { return {{"export", exported.config.address.to_string()}}; }
MetricLabels labels_of(const InterfaceInfo& interface) { return {{"interface", valid_utf8(interface.name)}}; }
MetricLabels labels_of(const ClientInfo& client) {
  return {{"export", client.address.to_string()},
          {"client", client.mac.to_string()},
          {"name", valid_utf8(client.name)}};
}

MetricLabels with(MetricLabels labels, const char* name, std::string value) {
  labels.push_back({name, std::move(value)});
  return labels;
}

void add_daemon(const MetricsSnapshot& snapshot, MetricWriter& out) {
  const control::DaemonInfo& daemon = snapshot.daemon;
  out.gauge(kSnapshotName, kSnapshotHelp).add({}, 1);
  out.gauge("aoe_target_build_info", "Which aoed this is").add({{"version", valid_utf8(daemon.version)}}, 1);
  out.gauge("aoe_target_uptime_seconds", "Time since the start").add({}, seconds(daemon.uptime));
  out.gauge("aoe_target_threads", "Threads that serve exports").add({}, number(daemon.threads));
  out.counter("aoe_target_warnings_total", "Warnings and errors that were logged").add({}, number(daemon.warnings));
  for (const target::CounterName& counter : target::kTargetCounterNames) {
    const double value = number(daemon.counters.*counter.member);
    switch (counter.kind) {
      case target::CounterKind::plain:
        out.counter(fmt::format("aoe_target_{}_total", counter.name),
                    fmt::format("The counter '{}' of the target (docs/metrics.md)", counter.name))
            .add({}, value);
        break;
      case target::CounterKind::reject: break;  // below: a family's series stand together
    }
  }
  auto rejects = out.counter("aoe_target_rejects_total", "Frames that were not served, by reason");
  for (const target::CounterName& counter : target::kTargetCounterNames) {
    if (counter.kind == target::CounterKind::reject) {
      rejects.add({{"reason", counter.name}}, number(daemon.counters.*counter.member));
    }
  }
}

const char* word(ExportInfo::State state) {
  switch (state) {
    case ExportInfo::State::serving: return "serving";
    case ExportInfo::State::waiting: return "waiting";
    case ExportInfo::State::removing: return "removing";
  }
  return "";
}

bool is_used(const ExportInfo& exported) {
  const IoStatistics& statistics = exported.statistics;
  const auto counted = [&](const auto& total) { return statistics.*total.member != 0; };
  return exported.last_used || std::any_of(kTotals.begin(), kTotals.end(), counted);
}
bool is_used(const ClientInfo&) { return true; }

// What exports and clients have in common.
template <class Item>
void add_statistics(const std::string& prefix, const std::vector<Item>& all, MetricWriter& out) {
  std::vector<const Item*> items;
  for (const Item& item : all) {
    if (is_used(item)) items.push_back(&item);
  }
  auto in_flight = out.gauge(prefix + "requests_in_flight", "Requests being worked on");
  for (const Item* item : items) in_flight.add(labels_of(*item), number(std::uint64_t{item->in_flight}));
  auto requests = out.counter(prefix + "requests_total", "Requests, by operation");
  for (const Item* item : items) {
    for (const auto& [operation, member] : kOperations) {
      requests.add(with(labels_of(*item), "operation", operation), number(item->statistics.*member));
    }
  }
  for (const Total& total : kTotals) {
    auto family = out.counter(prefix + total.name, total.help);
    for (const Item* item : items) family.add(labels_of(*item), number(item->statistics.*total.member));
  }
}

void add_exports(const std::vector<ExportInfo>& exports, MetricWriter& out) {
  auto by_state = out.gauge("aoe_target_exports", "Exports, by state");
  for (const auto state : {ExportInfo::State::serving, ExportInfo::State::waiting, ExportInfo::State::removing}) {
    const auto count = std::count_if(exports.begin(), exports.end(), [&](const auto& e) { return e.state == state; });
    by_state.add({{"state", word(state)}}, static_cast<double>(count));
  }
  const std::string prefix = "aoe_target_export_";
  auto info = out.gauge(prefix + "info", "What the export is");
  for (const ExportInfo& e : exports) {
    info.add(with(with(labels_of(e), "path", valid_utf8(e.config.path)), "description", valid_utf8(e.config.description)),
             1);
  }
  const auto gauge = [&](const char* name, const char* help, const auto& value) {
    auto family = out.gauge(prefix + name, help);
    for (const ExportInfo& e : exports) family.add(labels_of(e), value(e));
  };
  gauge("up", "1 if the export is served", [](const auto& e) { return number(e.state == ExportInfo::State::serving); });
  gauge("size_bytes", "Size of the disk", [](const auto& e) { return number(e.size.bytes()); });
  gauge("mask_entries", "Stations in the mask list; 0: all may use the export",
        [](const auto& e) { return number(e.mask.size()); });
  gauge("reserve_entries", "Stations in the reserve list; 0: not reserved",
        [](const auto& e) { return number(e.reserved_for.size()); });
  auto holder = out.gauge(prefix + "holder", "Who holds the exclusive export");
  for (const ExportInfo& e : exports) {
    if (e.holder) holder.add(with(labels_of(e), "client", e.holder->to_string()), 1);
  }
  auto idle = out.gauge(prefix + "idle_seconds", "Time since the last request; missing if there was none");
  for (const ExportInfo& e : exports) {
    if (e.last_used) idle.add(labels_of(e), seconds(*e.last_used));
  }
  add_statistics(prefix, exports, out);
  auto latency = out.histogram(prefix + "request_duration_seconds", "Arrival of a request to its answer");
  for (const ExportInfo& e : exports) {
    for (const auto& [operation, member] : kTimed) {
      const target::LatencyHistogram& measured = e.statistics.*member;
      if (measured.total() > 0) latency.add(with(labels_of(e), "operation", operation), measured);
    }
  }
}

void add_interfaces(const std::vector<InterfaceInfo>& interfaces, MetricWriter& out) {
  const std::string prefix = "aoe_target_interface_";
  const auto all = [&](MetricSeries family, const auto& value) {
    for (const InterfaceInfo& interface : interfaces) family.add(labels_of(interface), value(interface));
  };
  all(out.gauge(prefix + "up", "1 if the interface is there and up"),
      [](const auto& i) { return number(i.present && i.up); });
  all(out.gauge(prefix + "mtu_bytes", "Largest payload of a frame"),
      [](const auto& i) { return number(std::uint64_t{i.mtu_bytes}); });
  all(out.gauge(prefix + "sectors_per_frame", "Sectors of 512 bytes that one frame carries"),
      [](const auto& i) { return number(std::uint64_t{i.sectors_per_frame}); });
  all(out.gauge(prefix + "exports", "Exports on the interface"),
      [](const auto& i) { return number(std::uint64_t{i.exports}); });
  struct InterfaceTotal {
    const char* name;
    const char* help;
    std::uint64_t InterfaceInfo::*member;
  };
  for (const InterfaceTotal& total : {
           InterfaceTotal{"received_frames_total", "AoE frames received", &InterfaceInfo::frames_received},
           InterfaceTotal{"sent_frames_total", "AoE frames sent", &InterfaceInfo::frames_sent},
           InterfaceTotal{"received_bytes_total", "Bytes of AoE frames received", &InterfaceInfo::bytes_received},
           InterfaceTotal{"sent_bytes_total", "Bytes of AoE frames sent", &InterfaceInfo::bytes_sent},
           InterfaceTotal{"receive_drops_total", "Frames that the kernel had no room for", &InterfaceInfo::receive_drops},
           InterfaceTotal{"send_drops_total", "Frames that could not be sent", &InterfaceInfo::send_drops},
       }) {
    all(out.counter(prefix + total.name, total.help), [&](const auto& i) { return number(i.*total.member); });
  }
}

void add_clients(std::vector<ClientInfo> clients, MetricWriter& out) {
  out.gauge("aoe_target_clients", "Pairs of export and client").add({}, number(clients.size()));
  const std::size_t hidden = clients.size() - std::min(clients.size(), kClientsShownMax);
  out.gauge("aoe_target_clients_hidden", "Of these, pairs that have no metrics of their own").add({}, number(hidden));
  std::stable_sort(clients.begin(), clients.end(),
                   [](const ClientInfo& a, const ClientInfo& b) { return a.first_seen > b.first_seen; });
  clients.resize(clients.size() - hidden);
  const std::string prefix = "aoe_target_client_";
  auto idle = out.gauge(prefix + "idle_seconds", "Time since the last request");
  for (const ClientInfo& client : clients) idle.add(labels_of(client), seconds(client.last_seen));
  add_statistics(prefix, clients, out);
  auto latency = out.summary(prefix + "request_duration_seconds", "Arrival of a request to its answer");
  for (const ClientInfo& client : clients) {
    for (const auto& [operation, member] : kTimed) {
      latency.add(with(labels_of(client), "operation", operation), client.statistics.*member);
    }
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> metric_families(const MetricsSnapshot& snapshot) {
  MetricWriter out;
  add_daemon(snapshot, out);
  add_exports(snapshot.exports, out);
  add_interfaces(snapshot.interfaces, out);
  add_clients(snapshot.clients, out);
  return out.take();
}

std::vector<prometheus::MetricFamily> metric_families_without_snapshot() {
  MetricWriter out;
  out.gauge(kSnapshotName, kSnapshotHelp).add({}, 0);
  return out.take();
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t length = at(0) < 0x80 ? 1 : at(0) >= 0xc2 && at(0) < 0xe0 ? 2 : (at(0) & 0xf0) == 0xe0 ? 3
                               : at(0) >= 0xf0 && at(0) < 0xf5                    ? 4
                                                                                  : 0;
    bool good = length > 0 && length <= text.size();
    for (std::size_t i = 1; good && i < length; ++i) good = (at(i) & 0xc0) == 0x80;
    // Longer than need be, surrogates, beyond the last.
    if (good && length == 3) good = !(at(0) == 0xe0 && at(1) < 0xa0) && !(at(0) == 0xed && at(1) >= 0xa0);
    if (good && length == 4) good = !(at(0) == 0xf0 && at(1) < 0x90) && !(at(0) == 0xf4 && at(1) >= 0x90);
    valid += good ? text.substr(0, length) : "?";
    text.remove_prefix(good ? length : 1);
  }
  return valid;
}

}  // namespace aoekit::daemon
