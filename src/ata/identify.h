// The IDENTIFY DEVICE page: 256 little-endian words, built from a disk and taken apart again. Source: ATA8-ACS, 7.16.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ata/disk.h"
#include "base/bytes.h"

namespace aoekit::ata {

inline constexpr std::size_t kIdentifyBytes = 512;

// Writes the 512-byte page that tells the truth about `disk`, integrity checksum included.
// REQUIRES page.size() >= 512.
void build_identify(const Disk& disk, MutableBytes page);
// The page for a station that has this access: a read-only one is offered no TRIM.
void build_identify(const Disk& disk, Access access, MutableBytes page);

// A page as a client reads it: of any target, so everything may be absent.
struct IdentifyPage {
  std::string serial;
  std::string model;
  std::string firmware;
  bool lba_supported = false;
  bool lba48_supported = false;
  Sectors size;        // words 100-103 with LBA48, else 60-61
  Sectors lba28_size;  // words 60-61
  Sectors lba48_size;  // words 100-103
  std::uint16_t cylinders = 0, heads = 0, sectors_per_track = 0;
  std::uint16_t ata_major_versions = 0;  // word 80 bits
  bool write_cache_supported = false, write_cache_enabled = false;
  bool smart_supported = false, smart_enabled = false;
  bool flush_supported = false, flush_ext_supported = false;
  bool fua_supported = false;
  bool power_management_supported = false;
  bool trim_supported = false;
  bool trim_deterministic = false, trim_reads_zero = false;
  std::uint16_t trim_blocks_max = 0;
  std::uint32_t logical_sector_bytes = 512;
  std::uint32_t physical_sector_bytes = 512;
  std::uint16_t rotation_rate = 0;  // word 217: 0 not reported, 1 non-rotating, else rpm
  // Word 255: nothing if the signature 0xa5 is absent, else whether the checksum holds.
  std::optional<bool> checksum_valid;
};

// Nothing if page.size() < 512.
std::optional<IdentifyPage> parse_identify(ByteView page);

}  // namespace aoekit::ata
