// One exported disk as the core sees it: address, access lists, config string, and the requests being worked on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ata/disk.h"
#include "base/units.h"
#include "target/access.h"
#include "target/group_commit.h"
#include "target/limits.h"
#include "target/persistent_state.h"
#include "target/rate_limit.h"
#include "target/request_table.h"
#include "target/statistics.h"
#include "target/writers.h"
#include "wire/frame.h"

namespace aoekit::target {

// When a write or trim is answered, and what FLUSH does (docs/fault-model.md, "A power cut").
enum class Commit : std::uint8_t {
  as_device,  // identity.has_write_cache and SET FEATURES say whether from the cache or when stable
  group,      // when a sync that began after its end has ended well; one sync serves many. No write cache
  stable,     // when it is stable by itself (FUA). No write cache
  never,      // when the device has it; nothing is ever synced, FLUSH is answered at once. A write cache for good
};

struct ExportOptions {
  wire::AoeAddress address;  // REQUIRES is_valid_target()
  Sectors size;
  ata::DiskIdentity identity;
  std::uint16_t buffer_count = kBufferCountDefault;
  std::uint16_t firmware_version = 0;  // shown by initiators at discovery
  Commit commit = Commit::as_device;
  std::optional<std::vector<PortId>> ports = {};  // that it is served on; nothing: on all that there are or will be
  AccessPolicy access = {};                       // its lists REQUIRE to be sorted
  Sharing sharing = Sharing::single;
  Duration exclusive_timeout = kExclusiveTimeoutDefault;  // a holder that is silent for so long holds no longer
  RateLimit limit = {};                           // of the export
  RateLimit client_limit = {};                    // of each station at the export
  // What stations may change later: taken by add_export() only. See PersistentState.
  StationList mask = {};
  std::string config_string = {};
  StationList reserved_for = {};
};

struct Export {
  wire::AoeAddress address;
  std::uint16_t buffer_count = kBufferCountDefault;
  std::uint16_t firmware_version = 0;
  ata::Disk disk;
  bool available = true;
  std::string config_string;  // arbitrary bytes, at most 1024
  StationList mask;
  StationList reserved_for;
  Commit commit = Commit::as_device;
  std::optional<std::vector<PortId>> ports;
  std::optional<std::uint32_t> state_change;  // its cookie, while one waits to be stored
  bool removed = false;
  AccessPolicy access;
  Writers writers;
  RateLimit limit;
  RateLimit client_limit;
  RateLimiter limiter;         // of `limit`
  Cost held{0, 0};             // of the requests that wait for a limit
  bool limit_reached = false;  // some of them wait for the export's
  IoStatistics statistics;
  std::optional<Instant> last_used;  // when the last transfer was asked for

  RequestChain requests;
  GroupCommit group;

  bool is_on(PortId port) const;
};

}  // namespace aoekit::target
