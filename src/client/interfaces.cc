// Packet ports that follow the link monitor.
#include "client/interfaces.h"

#include <net/if_arp.h>

#include <algorithm>
#include <cerrno>

namespace aoekit::client {
namespace {

bool is_wanted_unasked(const net::InterfaceState& state) { return state.hardware_type == ARPHRD_ETHER; }

bool differs(const net::PortInfo& a, const net::PortInfo& b) {
  return a.mac != b.mac || a.mtu_bytes != b.mtu_bytes || a.up != b.up;
}

}  // namespace

InterfaceNetwork::InterfaceNetwork(const InterfaceOptions& options, net::LinkMonitor links)
    : options_(options), links_(std::move(links)) {}

net::PacketPortOptions InterfaceNetwork::port_options(const std::string& name) const {
  net::PacketPortOptions options;
  options.interface = name;
  options.role = net::PortRole::initiator;
  options.receive_frames = options_.receive_frames;
  return options;
}

Result<std::unique_ptr<InterfaceNetwork>> InterfaceNetwork::open(const InterfaceOptions& options) {
  auto links = net::LinkMonitor::create();
  if (!links) return tl::unexpected(links.error());
  std::unique_ptr<InterfaceNetwork> network(new InterfaceNetwork(options, std::move(*links)));
  const Status opened = options.names.empty() ? network->open_all() : network->open_named();
  if (!opened) return tl::unexpected(opened.error());
  return network;
}

Status InterfaceNetwork::open_named() {
  for (const std::string& name : options_.names) {
    if (find(name)) continue;
    if (ports_.size() == options_.ports_max) {
      return tl::unexpected(Error{fmt::format("more than {} interfaces at a time are not possible", options_.ports_max),
                                  EINVAL});
    }
    auto port = net::PacketPort::open(port_options(name));
    if (!port) return tl::unexpected(port.error());
    ports_.push_back(std::move(*port));
  }
  return {};
}

Status InterfaceNetwork::open_all() {
  // The monitor's first news are all interfaces.
  const auto news = links_.read();
  if (!news) return tl::unexpected(news.error());
  for (const net::LinkEvent& event : *news) {
    if (event.kind != net::LinkEvent::Kind::changed || !is_wanted_unasked(event.state)) continue;
    const Status added = add(event.state.name, [](std::size_t) {});
    // An interface that vanished meanwhile is none of our business; a privilege that is missing is missing for all.
    if (!added && added.error().os_error == EPERM) return added;
  }
  return {};
}

std::optional<std::size_t> InterfaceNetwork::find(const std::string& name) const {
  const auto port = std::find_if(ports_.begin(), ports_.end(), [&](const auto& p) { return p->info().name == name; });
  if (port == ports_.end()) return std::nullopt;
  return static_cast<std::size_t>(port - ports_.begin());
}

// A number whose interface is gone serves the next one that comes.
std::optional<std::size_t> InterfaceNetwork::free_place() const {
  if (ports_.size() < options_.ports_max) return ports_.size();
  const auto gone = std::find_if(ports_.begin(), ports_.end(), [](const auto& port) { return port->fd() < 0; });
  if (gone == ports_.end()) return std::nullopt;
  return static_cast<std::size_t>(gone - ports_.begin());
}

Status InterfaceNetwork::add(const std::string& name, const std::function<void(std::size_t index)>& changed) {
  const auto place = free_place();
  if (!place) return {};
  auto port = net::PacketPort::open(port_options(name));
  if (!port) return tl::unexpected(port.error());
  if (*place == ports_.size()) {
    ports_.push_back(std::move(*port));
  } else {
    ports_[*place] = std::move(*port);
  }
  changed(*place);
  return {};
}

Status InterfaceNetwork::follow(const std::function<void(std::size_t index)>& changed) {
  const auto news = links_.read();
  if (!news) return tl::unexpected(news.error());
  for (const net::LinkEvent& event : *news) {
    const auto known = find(event.state.name);
    if (!known) {
      const bool is_new = options_.names.empty() && event.kind == net::LinkEvent::Kind::changed;
      // One that cannot be opened (gone again) is reported gone by the news that follow.
      if (is_new && is_wanted_unasked(event.state)) static_cast<void>(add(event.state.name, changed));
      continue;
    }
    net::PacketPort& port = *ports_[*known];
    const net::PortInfo before = port.info();
    const int fd_before = port.fd();
    // An Error means that the port waits for its interface, which is what fd() says.
    static_cast<void>(port.refresh());
    if (differs(before, port.info()) || port.fd() != fd_before) changed(*known);
  }
  return {};
}

}  // namespace aoekit::client
