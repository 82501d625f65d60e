// The Ethernet interfaces that aoed serves: those there are, those that are waited for, and each shard's port on them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "control/api.h"
#include "daemon/log_limit.h"
#include "daemon/shard.h"
#include "net/link_monitor.h"

namespace aoekit::daemon {

using Shards = std::vector<std::unique_ptr<Shard>>;

// Which shard an export lives on. Kernel filters count the same way, so that no shard sees the requests of another.
std::size_t shard_of(wire::AoeAddress address, std::size_t shards);

// Opens shard `shard`'s port (of `shards`) on an interface that exists. Any thread.
using OpenPort = std::function<Result<std::unique_ptr<net::FramePort>>(const std::string& interface, std::size_t shard,
                                                                        std::size_t shards)>;

// Names or shell patterns, see net::chooses().
using Patterns = std::vector<std::string>;

// Threads: all calls from the main thread.
class Interfaces {
 public:
  Interfaces(Shards& shards, OpenPort open) : shards_(shards), open_(std::move(open)) {}

  // Serves on what any of these chooses from now on, and on nothing else.
  void want(std::set<Patterns> wanted);
  // An interface exists, changed or went away.
  void on_link(const net::LinkEvent& event);

  // The ports of one shard on those interfaces that are chosen.
  std::vector<target::PortId> ports(const Patterns& patterns, std::size_t shard) const;
  // The names of those that are served and chosen.
  std::vector<std::string> names(const Patterns& patterns) const;
  // Changes with every interface that is served or no longer: then ports() says something else.
  std::uint64_t generation() const { return generation_; }

  // From now on, which addresses' requests one shard's port lets in.
  void set_addresses(const std::string& name, std::size_t shard, std::vector<wire::AoeAddress> addresses);

  // Those that are served and those that are waited for by their full names.
  std::vector<control::InterfaceInfo> list() const;
  // The MAC addresses that are ours.
  bool is_ours(const wire::MacAddress& mac) const;

 private:
  struct Interface {
    net::InterfaceState state;
    std::vector<target::PortId> ports;  // by shard; empty: it is not served
  };
  void serve(const std::string& name, Interface& interface);
  void leave(Interface& interface);
  void log_change(const net::InterfaceState& before, const net::InterfaceState& now);
  bool is_wanted(const std::string& name) const;

  Shards& shards_;
  const OpenPort open_;
  std::set<Patterns> wanted_;
  std::map<std::string, Interface> known_;  // every Ethernet interface that exists
  std::uint64_t generation_ = 0;
  LogLimit log_limit_;  // for what a loose cable can cause
};

}  // namespace aoekit::daemon
