// The SMART pages as a client reads them. Source: ATA/ATAPI-5, SMART; later standards call the content vendor-specific.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace aoekit::cli {

struct SmartAttribute {
  std::uint8_t id = 0;
  std::uint16_t flags = 0;
  std::uint8_t value = 0;  // normalised: the higher the better
  std::uint8_t worst = 0;
  std::uint64_t raw = 0;   // 48 bits
  std::optional<std::uint8_t> threshold;
};

struct SmartData {
  std::uint16_t revision = 0;
  std::vector<SmartAttribute> attributes;  // the entries in use
  bool checksum_valid = false;
};

// Nothing if there are fewer than 512 bytes. `thresholds` (of READ THRESHOLDS) may be empty.
std::optional<SmartData> parse_smart(ByteView data, ByteView thresholds);

// A log and its length, as the log directory (log 0) lists it.
struct SmartLog {
  std::uint8_t address = 0;
  std::uint16_t sectors = 0;
};
std::vector<SmartLog> parse_log_directory(ByteView sector);

// "Power_On_Hours", or "Unknown_Attribute": the names smartmontools made customary.
const char* attribute_name(std::uint8_t id);

}  // namespace aoekit::cli
