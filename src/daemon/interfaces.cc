// Follows the link monitor's news and keeps one port a shard on every interface that is wanted.
#include "daemon/interfaces.h"

#include <algorithm>

#include "base/log.h"
#include "io/clock.h"
#include "net/interface_patterns.h"
#include "wire/constants.h"

namespace aoekit::daemon {

void Interfaces::log_change(const net::InterfaceState& before, const net::InterfaceState& now) {
  const Instant time = io::monotonic_now();
  if (before.up && !now.up) {
    log_limit_.write(now.name, time, LogLevel::warning, "{} is down; waiting for it", now.name);
  } else if (!before.up && now.up) {
    log_limit_.write(now.name, time, LogLevel::notice, "{} is up, MTU {}", now.name, now.mtu_bytes);
  } else if (now.up && before.mtu_bytes != now.mtu_bytes) {
    log_limit_.write(now.name, time, LogLevel::notice, "{} has MTU {} now: {} sectors per frame", now.name,
                     now.mtu_bytes, wire::sectors_advertised(now.mtu_bytes));
  }
}

std::size_t shard_of(wire::AoeAddress address, std::size_t shards) {
  return (static_cast<std::size_t>(address.shelf) * 256 + address.slot) % shards;
}

bool Interfaces::is_wanted(const std::string& name) const {
  return std::ranges::any_of(wanted_, [&](const Patterns& patterns) { return net::chooses(patterns, name); });
}

void Interfaces::want(std::set<Patterns> wanted_now) {
  wanted_ = std::move(wanted_now);
  for (auto& [name, interface] : known_) {
    const bool wanted = is_wanted(name);
    if (wanted && interface.ports.empty()) serve(name, interface);
    if (!wanted && !interface.ports.empty()) {
      leave(interface);
      log(LogLevel::notice, "{} is not served any more", name);
    }
  }
}

void Interfaces::on_link(const net::LinkEvent& event) {
  const std::string& name = event.state.name;
  switch (event.kind) {
    case net::LinkEvent::Kind::changed: {
      if (!net::speaks_ethernet(event.state.hardware_type)) return;
      Interface& interface = known_[name];
      const net::InterfaceState before = std::exchange(interface.state, event.state);
      if (interface.ports.empty()) {
        if (is_wanted(name)) serve(name, interface);
        return;
      }
      log_change(before, event.state);
      for (std::size_t i = 0; i < shards_.size(); ++i) shards_[i]->follow_port(interface.ports[i]);
      return;
    }
    case net::LinkEvent::Kind::gone: {
      const auto found = known_.find(name);
      if (found == known_.end()) return;
      if (!found->second.ports.empty()) {
        leave(found->second);
        log_limit_.write(name, io::monotonic_now(), LogLevel::warning, "{} is gone; waiting for it", name);
      }
      known_.erase(found);
      return;
    }
  }
}

void Interfaces::serve(const std::string& name, Interface& interface) {
  std::vector<std::unique_ptr<net::FramePort>> opened;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    auto port = open_(name, i, shards_.size());
    if (!port) {
      log_limit_.write(name, io::monotonic_now(), LogLevel::error, "{} cannot be served: {}", name, port.error().message);
      return;
    }
    opened.push_back(std::move(*port));
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const auto id = shards_[i]->add_port(std::move(opened[i]));
    if (!id) {
      log_limit_.write(name, io::monotonic_now(), LogLevel::error, "{} cannot be served: {}", name, id.error().message);
      return leave(interface);
    }
    interface.ports.push_back(*id);
  }
  ++generation_;
  log_limit_.write(name, io::monotonic_now(), LogLevel::notice, "serving on {}, {}, MTU {}{}", name,
                   interface.state.mac.to_string(), interface.state.mtu_bytes,
                   interface.state.up ? "" : ", which is down");
}

void Interfaces::leave(Interface& interface) {
  for (std::size_t i = 0; i < interface.ports.size(); ++i) shards_[i]->remove_port(interface.ports[i]);
  interface.ports.clear();
  ++generation_;
}

std::vector<target::PortId> Interfaces::ports(const Patterns& patterns, std::size_t shard) const {
  std::vector<target::PortId> ids;
  for (const auto& [name, interface] : known_) {
    if (!interface.ports.empty() && net::chooses(patterns, name)) ids.push_back(interface.ports[shard]);
  }
  return ids;
}

std::vector<std::string> Interfaces::names(const Patterns& patterns) const {
  std::vector<std::string> names;
  for (const auto& [name, interface] : known_) {
    if (!interface.ports.empty() && net::chooses(patterns, name)) names.push_back(name);
  }
  return names;
}

void Interfaces::set_addresses(const std::string& name, std::size_t shard, std::vector<wire::AoeAddress> addresses) {
  const Interface& interface = known_.at(name);
  // Without a filter more frames wake us; that is all.
  const Status status = shards_[shard]->set_addresses(interface.ports[shard], std::move(addresses));
  if (!status) log(LogLevel::warning, "{}: requests are not filtered in the kernel: {}", name, status.error().message);
}

bool Interfaces::is_ours(const wire::MacAddress& mac) const {
  return std::ranges::any_of(known_, [&](const auto& entry) { return entry.second.state.mac == mac; });
}

std::vector<control::InterfaceInfo> Interfaces::list() const {
  std::map<std::string, control::InterfaceInfo> infos;
  for (const Patterns& patterns : wanted_) {
    for (const std::string& pattern : patterns) {
      // Waited for, unless it is found below.
      if (net::is_plain_name(pattern)) infos[pattern].name = pattern;
    }
  }
  for (const auto& [name, interface] : known_) {
    if (interface.ports.empty()) continue;
    control::InterfaceInfo& info = infos[name];
    info.name = name;
    info.mac = interface.state.mac;
    info.mtu_bytes = interface.state.mtu_bytes;
    info.up = interface.state.up;
    info.present = true;
    info.sectors_per_frame = wire::sectors_advertised(interface.state.mtu_bytes);
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      const net::PortCounters counters = shards_[i]->port_counters(interface.ports[i]);
      info.frames_received += counters.frames_received;
      info.frames_sent += counters.frames_sent;
      info.bytes_received += counters.bytes_received;
      info.bytes_sent += counters.bytes_sent;
      info.receive_drops += counters.receive_drops;
      info.send_drops += counters.send_drops;
    }
  }
  std::vector<control::InterfaceInfo> list;
  for (auto& [name, info] : infos) list.push_back(std::move(info));
  return list;
}

}  // namespace aoekit::daemon
