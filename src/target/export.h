// One exported disk as the core sees it: address, access lists, config string, and the requests being worked on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ata/disk.h"
#include "base/units.h"
#include "target/limits.h"
#include "target/persistent_state.h"
#include "target/request_table.h"
#include "wire/frame.h"

namespace aoekit::target {

struct ExportOptions {
  wire::AoeAddress address;  // REQUIRES is_valid_target()
  Sectors size;
  ata::DiskIdentity identity;
  std::uint16_t buffer_count = kBufferCountDefault;
  std::uint16_t firmware_version = 0;  // shown by initiators at discovery
  StationList mask;                    // stations that may use the export; empty: all
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

  RequestChain requests;
};

}  // namespace aoekit::target
