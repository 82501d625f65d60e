// The network as the machine has it: the named interfaces, or every Ethernet interface there is and will be.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/network.h"
#include "initiator/limits.h"
#include "net/link_monitor.h"
#include "net/packet_port.h"

namespace aoekit::client {

struct InterfaceOptions {
  std::vector<std::string> names;  // empty: every Ethernet interface but the loopback, those that come later too
  // Without names, interfaces beyond so many at a time are not used.
  std::size_t ports_max = initiator::kPortsMax;
  std::size_t receive_frames = 256;  // full frames that must fit into a socket while nobody reads
};

class InterfaceNetwork final : public Network {
 public:
  // Opens packet sockets in the calling thread's network namespace. Errors: a named interface does not exist (ENODEV)
  // or is no Ethernet interface, CAP_NET_RAW is missing (EPERM). An interface may be down: it is waited for.
  static Result<std::unique_ptr<InterfaceNetwork>> open(const InterfaceOptions& options);

  std::size_t port_count() const override { return ports_.size(); }
  net::FramePort& port(std::size_t index) override { return *ports_[index]; }
  int changes_fd() const override { return links_.fd(); }
  [[nodiscard]] Status follow(const std::function<void(std::size_t index)>& changed) override;

 private:
  InterfaceNetwork(const InterfaceOptions& options, net::LinkMonitor links);
  net::PacketPortOptions port_options(const std::string& name) const;
  Status open_named();
  Status open_all();
  std::optional<std::size_t> find(const std::string& name) const;
  std::optional<std::size_t> free_place() const;
  Status add(const std::string& name, const std::function<void(std::size_t index)>& changed);

  InterfaceOptions options_;
  net::LinkMonitor links_;
  std::vector<std::unique_ptr<net::PacketPort>> ports_;
};

}  // namespace aoekit::client
