// A daemon that exists in memory alone, for tests of the protocol: two exports, an interface and a client, as the
// examples of docs/control.md show them.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "control/api.h"

namespace aoekit::control {

inline wire::MacAddress mac_of(const char* text) { return wire::MacAddress::parse(text).value(); }

class FakeApi : public Api {
 public:
  FakeApi() {
    ExportInfo database;
    database.config.address = {1, 2};
    database.config.path = "/dev/vg0/db";
    database.config.description = "database of rack 7";
    database.config.place = {"/etc/aoekit/aoed.toml", 12};
    database.size = {20971520};
    database.engine = "io_uring";
    database.interfaces = {"eth1"};
    database.config_string = std::string("rack7\0\xff", 7);
    database.mask = {mac_of("02:00:00:00:00:01"), mac_of("02:00:00:00:00:02")};
    database.in_flight = 3;
    database.last_used = std::chrono::milliseconds(1500);
    database.statistics = busy();
    exports_.push_back(database);
    ExportInfo missing;
    missing.config.address = {1, 3};
    missing.config.path = "/srv/missing.img";
    missing.config.sharing = config::Sharing::exclusive;
    missing.config.durability = config::Durability::flush;
    missing.config.read_access.deny = {mac_of("02:00:00:00:00:66")};
    missing.config.length = Sectors{2048};
    missing.state = ExportInfo::State::waiting;
    missing.reason = "/srv/missing.img does not exist";
    missing.saved = false;
    exports_.push_back(missing);
  }

  static target::IoStatistics busy() {
    target::IoStatistics statistics;
    statistics.reads = 1000;
    statistics.read_bytes = 4096000;
    statistics.writes = 20;
    statistics.written_bytes = 81920;
    statistics.retransmissions = 1;
    statistics.read_latency.counts = {0, 0, 0, 0, 600, 400};
    statistics.read_latency.sum_ns = 43000000;
    statistics.write_latency.counts = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20};
    statistics.write_latency.sum_ns = 30000000;
    return statistics;
  }

  DaemonInfo daemon() const override {
    DaemonInfo info;
    info.version = "0.1.0";
    info.pid = 4711;
    info.uptime = std::chrono::seconds(3600);
    info.config_file = "/etc/aoekit/aoed.toml";
    info.exports = exports_.size();
    info.threads = 4;
    info.counters.requests = 1020;
    info.counters.replies = 1021;
    return info;
  }
  std::vector<ExportInfo> exports(const ExportPage& page) const override {
    std::vector<ExportInfo> found;
    for (const ExportInfo& each : exports_) {
      if (found.size() == page.limit) break;
      if (!page.after || each.config.address > *page.after) found.push_back(each);
    }
    return found;
  }
  Answer<ExportInfo> exported(wire::AoeAddress address) const override {
    for (const ExportInfo& each : exports_) {
      if (each.config.address == address) return each;
    }
    return refuse(Code::not_found, "there is no export {}", address.to_string());
  }
  std::vector<InterfaceInfo> interfaces() const override {
    InterfaceInfo info;
    info.name = "eth1";
    info.mac = mac_of("02:00:00:00:00:f1");
    info.mtu_bytes = 9000;
    info.up = info.present = true;
    info.sectors_per_frame = 17;
    info.exports = 1;
    info.frames_received = info.frames_sent = 1021;
    info.bytes_received = 123456;
    info.bytes_sent = 4234567;
    return {info};
  }
  std::vector<ClientInfo> clients(const ClientPage& page) const override {
    std::vector<ClientInfo> found;
    for (const ClientInfo& each : clients_) {
      if (found.size() == page.limit) break;
      if (!page.after || ClientKey{each.address, each.mac} > *page.after) found.push_back(each);
    }
    return found;
  }

  void add_export(wire::AoeAddress address, const std::string& settings_json, Save save, Done done) override {
    auto answer = [=, this, done = std::move(done)] { done(add(address, settings_json, save)); };
    if (is_slow_) return slow_.push_back(std::move(answer));
    answer();
  }
  void set_export(wire::AoeAddress address, const std::string& settings_json, Save, Done done) override {
    const auto settings = nlohmann::json::parse(settings_json);
    done(change(address, [&](ExportInfo& each) {
      each.config.read_only = settings.contains("read_only") && settings["read_only"] == true;
    }));
  }
  Answer<Notes> remove_export(wire::AoeAddress address, Force force, Save) override {
    const auto found = exported(address);
    if (!found) return tl::unexpected(found.error());
    if (force == Force::no && found->last_used) return refuse(Code::in_use, "{} was used 1 s ago", address.to_string());
    std::erase_if(exports_, [&](const ExportInfo& each) { return each.config.address == address; });
    return Notes{};
  }
  Answer<Notes> announce(std::optional<wire::AoeAddress> address) override {
    if (address && !exported(*address)) return refuse(Code::not_found, "there is no export {}", address->to_string());
    return Notes{};
  }
  Answer<Notes> resize(wire::AoeAddress address, std::optional<Sectors> size, Force force) override {
    const auto found = exported(address);
    if (found && size && *size < found->size && force == Force::no) {
      return refuse(Code::in_use, "{} would shrink", address.to_string());
    }
    return change(address, [&](ExportInfo& each) { each.size = size.value_or(each.size); });
  }
  Answer<Notes> set_mask(wire::AoeAddress address, std::vector<wire::MacAddress> stations) override {
    return change(address, [&](ExportInfo& each) { each.mask = std::move(stations); });
  }
  Answer<Notes> set_reservation(wire::AoeAddress address, std::vector<wire::MacAddress> stations) override {
    return change(address, [&](ExportInfo& each) { each.reserved_for = std::move(stations); });
  }
  Answer<Notes> release(wire::AoeAddress address) override {
    return change(address, [](ExportInfo& each) { each.holder.reset(); });
  }
  Answer<Notes> reload() override { return Notes{"nothing has changed"}; }

  // Adding waits until somebody calls what is here then.
  bool is_slow_ = false;
  std::vector<std::function<void()>> slow_;

  // By address and MAC.
  std::vector<ExportInfo> exports_;
  std::vector<ClientInfo> clients_{{.address = {1, 2},
                                    .mac = mac_of("02:00:00:00:00:01"),
                                    .name = "db1",
                                    .first_seen = std::chrono::seconds(600),
                                    .last_seen = std::chrono::milliseconds(1500),
                                    .in_flight = 3,
                                    .statistics = busy()}};

 private:
  Answer<Notes> add(wire::AoeAddress address, const std::string& settings_json, Save save) {
    if (exported(address)) return refuse(Code::exists, "{} is exported already", address.to_string());
    const auto settings = nlohmann::json::parse(settings_json);
    if (!settings.contains("path") || !settings["path"].is_string()) {
      return refuse(Code::invalid, "{}: path is missing", address.to_string());
    }
    ExportInfo added;
    added.config.address = address;
    added.config.path = settings["path"].get<std::string>();
    added.saved = save == Save::yes;
    exports_.push_back(added);
    sort();
    return Notes{address.to_string() + " is exported"};
  }
  template <class Change>
  Answer<Notes> change(wire::AoeAddress address, Change apply) {
    for (ExportInfo& each : exports_) {
      if (each.config.address == address) {
        apply(each);
        return Notes{};
      }
    }
    return refuse(Code::not_found, "there is no export {}", address.to_string());
  }
  void sort() {
    std::sort(exports_.begin(), exports_.end(),
              [](const ExportInfo& a, const ExportInfo& b) { return a.config.address < b.config.address; });
  }
};

}  // namespace aoekit::control
