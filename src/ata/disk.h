// What the ATA layer knows of one exported disk. The target owns it; the ATA functions read it and, for SET FEATURES
// and SMART, change it.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "base/units.h"

namespace aoekit::ata {

// What the station that sends a request may do. With read_only the disk is a read-only one to it.
enum class Access : std::uint8_t { read_write, read_only };

// Fixed facts, set when the disk is exported.
struct DiskIdentity {
  std::string serial;    // at most 20 printable ASCII characters; longer ones are cut, others become '?'
  std::string model;     // at most 40
  std::string firmware;  // at most 8
  std::uint32_t physical_sector_bytes = kSectorBytes;
  bool rotational = false;
  bool can_trim = false;
  // With can_trim: trimmed sectors surely read as zeros from then on. Advertised, so leave it off where in doubt.
  bool trim_reads_zero = false;
  bool read_only = false;
  // Whether writes may be acknowledged before they are stable. If not, there is no write cache to speak of: the
  // IDENTIFY page says so and SET FEATURES cannot turn one on.
  bool has_write_cache = false;
  // With has_write_cache: nothing is ever made stable. FLUSH succeeds and does nothing; what would promise more - FUA,
  // switching the cache off - is not offered and refused.
  bool never_stable = false;
};

// Counters behind the SMART pages; plain totals since the export was opened.
struct DiskHealth {
  std::uint64_t sectors_read = 0;
  std::uint64_t sectors_written = 0;
  std::uint64_t read_errors = 0;     // requests that ended in an ATA error because of the disk
  std::uint64_t write_errors = 0;
  std::uint64_t flush_errors = 0;
  std::uint64_t requests = 0;
  std::uint64_t requests_aborted = 0;  // refused: unknown opcode, bad arguments, out of range
  Instant opened_at{};
};

struct Disk {
  DiskIdentity identity;
  Sectors size;
  // What SET FEATURES 02/82 says now; starts as identity.has_write_cache. Off: every write must be stable.
  bool write_cache_enabled = false;
  // What SET FEATURES AA/55 says now. Kept only to be reported back: how far ahead is read is not ours to decide.
  bool look_ahead_enabled = true;
  bool smart_enabled = true;
  DiskHealth health;
};

}  // namespace aoekit::ata
