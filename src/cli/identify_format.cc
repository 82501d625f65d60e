// Fields of the IDENTIFY page in words.
#include "cli/identify_format.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/text.h"

namespace aoekit::cli {
namespace {

constexpr unsigned kAtaMajorVersionFirst = 1, kAtaMajorVersionLast = 14;  // bits of word 80
constexpr std::uint16_t kRotationNone = 1, kRotationRpmMin = 0x0401;

std::string size_text(Sectors size) {
  return fmt::format("{} sectors ({} bytes, {})", size.count, size.bytes(), human_size(size.bytes()));
}

std::string feature_text(bool supported, bool enabled) {
  return !supported ? "not supported" : enabled ? "supported, enabled" : "supported, disabled";
}

std::string rotation_text(std::uint16_t rate) {
  if (rate == 0) return "not reported";
  if (rate == kRotationNone) return "none (solid state)";
  if (rate >= kRotationRpmMin && rate != 0xffff) return fmt::format("{} rpm", rate);
  return fmt::format("reserved value 0x{:04x}", rate);
}

std::string ata_versions_text(std::uint16_t bits) {
  std::string text;
  for (unsigned version = kAtaMajorVersionFirst; version <= kAtaMajorVersionLast; ++version) {
    if ((bits >> version & 1) == 0) continue;
    if (!text.empty()) text += " ";
    text += version <= 7   ? fmt::format("ATA-{}", version)
            : version == 8 ? "ATA8-ACS"
                           : fmt::format("ACS-{}", version - 7);
  }
  return text.empty() ? "not reported" : text;
}

std::string trim_text(const ata::IdentifyPage& page) {
  if (!page.trim_supported) return "not supported";
  std::string text = fmt::format("supported, {} blocks of ranges a command", page.trim_blocks_max);
  if (page.trim_reads_zero) return text + ", trimmed sectors read as zeros";
  return text + (page.trim_deterministic ? ", trimmed sectors read the same each time" : "");
}

std::string checksum_text(const std::optional<bool>& valid) {
  return !valid ? "absent" : *valid ? "valid" : "WRONG: the page was damaged or built wrongly";
}

}  // namespace

std::string format_identify(const ata::IdentifyPage& page) {
  const auto yes = [](bool value) { return std::string(value ? "yes" : "no"); };
  return table({
      {"model", printable(bytes_of(page.model))},
      {"serial", printable(bytes_of(page.serial))},
      {"firmware", printable(bytes_of(page.firmware))},
      {"size", size_text(page.size)},
      {"LBA", yes(page.lba_supported)},
      {"LBA28 size", size_text(page.lba28_size)},
      {"LBA48", yes(page.lba48_supported)},
      {"LBA48 size", size_text(page.lba48_size)},
      {"geometry",
       fmt::format("{} cylinders, {} heads, {} sectors", page.cylinders, page.heads, page.sectors_per_track)},
      {"ATA versions", ata_versions_text(page.ata_major_versions)},
      {"logical sector", fmt::format("{} bytes", page.logical_sector_bytes)},
      {"physical sector", fmt::format("{} bytes", page.physical_sector_bytes)},
      {"rotation", rotation_text(page.rotation_rate)},
      {"write cache", feature_text(page.write_cache_supported, page.write_cache_enabled)},
      {"FLUSH CACHE", yes(page.flush_supported)},
      {"FLUSH CACHE EXT", yes(page.flush_ext_supported)},
      {"FUA writes", yes(page.fua_supported)},
      {"SMART", feature_text(page.smart_supported, page.smart_enabled)},
      {"power management", yes(page.power_management_supported)},
      {"TRIM", trim_text(page)},
      {"checksum", checksum_text(page.checksum_valid)},
  });
}

nlohmann::ordered_json identify_json(const ata::IdentifyPage& page) {
  nlohmann::ordered_json document{
      {"model", page.model},
      {"serial", page.serial},
      {"firmware", page.firmware},
      {"sectors", page.size.count},
      {"bytes", page.size.bytes()},
      {"lba", page.lba_supported},
      {"lba28_sectors", page.lba28_size.count},
      {"lba48", page.lba48_supported},
      {"lba48_sectors", page.lba48_size.count},
      {"cylinders", page.cylinders},
      {"heads", page.heads},
      {"sectors_per_track", page.sectors_per_track},
      {"ata_major_versions", page.ata_major_versions},
      {"logical_sector_bytes", page.logical_sector_bytes},
      {"physical_sector_bytes", page.physical_sector_bytes},
      {"rotation_rate", page.rotation_rate},
      {"write_cache_supported", page.write_cache_supported},
      {"write_cache_enabled", page.write_cache_enabled},
      {"flush_supported", page.flush_supported},
      {"flush_ext_supported", page.flush_ext_supported},
      {"fua_supported", page.fua_supported},
      {"smart_supported", page.smart_supported},
      {"smart_enabled", page.smart_enabled},
      {"power_management_supported", page.power_management_supported},
      {"trim_supported", page.trim_supported},
      {"trim_deterministic", page.trim_deterministic},
      {"trim_reads_zero", page.trim_reads_zero},
      {"trim_blocks_max", page.trim_blocks_max},
  };
  document["checksum_valid"] = page.checksum_valid ? nlohmann::ordered_json(*page.checksum_valid) : nullptr;
  return document;
}

}  // namespace aoekit::cli
