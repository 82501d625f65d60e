// What `aoe doctor` has seen: values only, so that the diagnosis is a pure function of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::cli::doctor {

struct InterfaceFacts {
  std::string name;
  bool exists = true;
  bool ethernet = true;
  bool named = false;    // somebody asked for this one
  bool enabled = false;  // administratively up
  bool carrier = false;
  bool probed = false;   // AoE was spoken over it
  wire::MacAddress mac{};
  std::uint32_t mtu_bytes = 0;
  bool is_bridge = false;
  std::string bridge{};  // the bridge that it is a port of; empty if none
  // While it was probed:
  std::uint64_t requests = 0;            // AoE frames that we handed over to it
  std::uint64_t packets_sent = 0;        // frames that it counted as sent, whoever's
  std::uint64_t answers = 0;             // AoE responses that came in
  std::size_t buffer_wanted_bytes = 0;   // to hold what all targets may send at once
  std::size_t buffer_granted_bytes = 0;  // what the kernel allowed
};

// What IDENTIFY says, as far as it tells disks apart.
struct DiskIdentity {
  std::string model;
  std::string serial;
  std::string firmware;
  std::uint64_t sectors = 0;
  bool operator==(const DiskIdentity&) const = default;
};

// A target over one of our interfaces, at one of its MAC addresses.
struct PathFacts {
  wire::AoeAddress address;
  wire::MacAddress mac;
  std::string interface;
  std::uint32_t buffers = 0;
  std::uint16_t firmware_version = 0;
  std::uint32_t sectors_advertised = 0;     // in a frame
  std::size_t shortest_answer_bytes = 60;   // of the frames that it answered with
  bool answers_other_version = false;       // a request of protocol version 2
  std::optional<DiskIdentity> disk{};       // nothing: it does not identify itself
  std::string identify_error{};
  std::string read_error{};                 // why its first sector cannot be read; empty if it can
  // Nothing: it does not answer the question.
  std::optional<std::vector<wire::MacAddress>> reservation{}, mask{};
  // The largest number of sectors that got through; nothing where it was not measured.
  std::optional<std::uint32_t> sectors_out{}, sectors_in{};
};

// Clients on this machine.
struct LocalFacts {
  bool driver_loaded = false;
  bool driver_installed = false;
  std::string driver_version{};
  std::vector<std::string> driver_interfaces{};  // that it is restricted to; empty: none
  std::vector<std::string> aoefuse_mounts{};
  struct Use {
    std::string client;
    std::string state;
  };
  std::map<std::string, std::vector<Use>> uses{};  // by the disk's name
};

// Something on this machine that drops AoE frames.
struct Block {
  enum class Direction : std::uint8_t { in, out, forward };
  std::string interface;  // where; empty for frames that a bridge forwards
  Direction direction = Direction::in;
  bool certain = true;    // false: only if conditions hold that cannot be told from the rule
  std::string place;      // "rule 2 of nft chain netdev filter ingress"
  std::string remedy;     // a command
  bool operator==(const Block&) const = default;
};

struct Facts {
  std::vector<InterfaceFacts> interfaces;
  std::vector<PathFacts> paths;
  LocalFacts local;
  std::vector<Block> blocks;
  // Firewalls that could not be looked at, with the reason.
  std::vector<std::string> not_looked_at{};
};

}  // namespace aoekit::cli::doctor
