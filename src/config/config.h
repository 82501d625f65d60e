// What an administrator may say to aoed, after it was read and found valid: see aoed.toml(5).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::config {

// Where something was said, for messages; line 0: nowhere in a file (a default, the command line, the control socket).
struct Place {
  std::string file = {};
  std::uint32_t line = 0;
  std::uint32_t column = 0;       // of syntax errors; 0 elsewhere
  std::string to_string() const;  // "/etc/aoekit/aoed.toml:12"
};

// When a write is acknowledged, and what FLUSH does (docs/durability.md).
enum class Durability : std::uint8_t {
  durable,  // once it survives a power cut; writes share syncs
  flush,    // once the system has it; FLUSH syncs
  none,     // once the system has it; nothing is ever synced
};

// Whether several stations may write the export.
enum class Sharing : std::uint8_t {
  single,     // not meant to be: a second writer is reported
  shared,     // meant to be: a cluster file system, or raw sectors that the clients divide
  exclusive,  // must not be: the first writer holds the export until it is released or silent for long
};

enum class Caching : std::uint8_t { buffered, direct };

// How frames come from the kernel: by a ring in shared memory, by system calls, or by what it allows.
enum class Receive : std::uint8_t { automatic, ring, socket };

// Stations that may do something: those in `allow` (empty: all) that are not in `deny`. Sorted, without duplicates.
struct AccessList {
  std::vector<wire::MacAddress> allow = {};
  std::vector<wire::MacAddress> deny = {};
  // What the administrator wrote, names and groups included, to be written again; empty where nothing was said. Not
  // compared.
  std::vector<std::string> allow_words = {};
  std::vector<std::string> deny_words = {};
  bool operator==(const AccessList& other) const { return allow == other.allow && deny == other.deny; }
};

// Per second; 0: no limit.
struct RateLimit {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  bool operator==(const RateLimit&) const = default;
};

// The keys of an export's table in aoed.toml(5) have these names, but for `limit` and the like, which are tables there.
struct ExportConfig {
  wire::AoeAddress address = {};
  std::string path = {};
  std::string description = {};
  std::vector<std::string> interfaces = {};  // names or shell patterns; empty: DaemonConfig::interfaces
  Sectors first_sector = {};
  std::optional<Sectors> length = {};        // without: to the end, growing with it
  bool read_only = false;
  std::optional<std::string> serial = {};    // without: made of address and host name
  std::optional<std::string> model = {};     // without: aoekit's own
  std::uint16_t buffers = 64;
  Durability durability = Durability::durable;
  Caching caching = Caching::buffered;
  Sharing sharing = Sharing::single;
  Duration exclusive_timeout = std::chrono::seconds(150);  // an exclusive holder silent for so long loses it
  AccessList read_access = {};   // who may use the export at all, discovery included
  AccessList write_access = {};  // who of those may change it
  RateLimit limit = {};          // of the export
  RateLimit client_limit = {};   // of each initiator at the export
  bool force = false;            // export it although it is in use, or its address is taken (vblade --force)
  Place place = {};              // not compared
};
// Equal in everything but `place`.
bool same(const ExportConfig& a, const ExportConfig& b);

struct DaemonConfig {
  std::vector<std::string> interfaces = {};  // names or shell patterns of the interfaces to serve; empty: none
  std::string user = "aoekit";               // to become after start; "": stay
  std::string control_socket = "/run/aoekit/aoed.sock";
  std::string control_group = {};            // may use the control socket besides root and `user`; "": nobody
  std::string state = "/var/lib/aoekit/state.db";
  std::string metrics = "127.0.0.1:9760";    // "": none
  std::uint32_t threads = 0;                 // event loops; 0: one a core
  std::string log_level = "info";
  Duration busy_wait = std::chrono::microseconds(50);
  Duration disk_busy_wait{};
  Receive receive = Receive::automatic;
};

// What [stations], [groups] and /etc/ethers call the stations.
struct Names {
  std::map<std::string, wire::MacAddress, std::less<>> stations = {};
  std::map<std::string, std::vector<wire::MacAddress>, std::less<>> groups = {};  // sorted, without duplicates
  std::map<wire::MacAddress, std::string> by_mac = {};
  std::string name_of(const wire::MacAddress& mac) const;  // "" without
};

struct Config {
  std::string file = {};                   // the main file; "": none
  std::string directory = {};              // beside it, where --save writes
  DaemonConfig daemon = {};
  ExportConfig defaults = {};              // [defaults] on top of the built-in ones; neither address nor path
  Names names = {};
  std::vector<ExportConfig> exports = {};  // by address, ascending, no address twice
  std::set<std::string> files_of_others = {};  // of those read, what others than root may have written
};
// The export at `address`, or null. Valid while `config` is not changed.
const ExportConfig* find_export(const Config& config, wire::AoeAddress address);

}  // namespace aoekit::config
