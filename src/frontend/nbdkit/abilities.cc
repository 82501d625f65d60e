// Decisions about what a disk can do.
#include "frontend/nbdkit/abilities.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <iterator>

namespace aoekit::nbd {
namespace {

constexpr std::uint32_t kPageBytes = 4096;

std::string human_size(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
  return fmt::format("{:.{}f} {}", size, size < 10 && unit > 0 ? 1 : 0, kUnits[unit]);
}

}  // namespace

Abilities abilities_of(const aoe_disk_status& status) {
  const auto has = [&](std::uint32_t flag) { return (status.flags & flag) != 0; };
  Abilities can;
  can.trim = has(AOE_DISK_CAN_TRIM);
  can.trim_zeroes = can.trim && has(AOE_DISK_TRIM_ZEROES);
  // Without a write cache every write that was answered is on stable storage, and there is nothing to flush.
  can.flush = has(AOE_DISK_CAN_FLUSH) || !has(AOE_DISK_WRITE_CACHE);
  if (has(AOE_DISK_CAN_FUA) || !has(AOE_DISK_WRITE_CACHE)) {
    can.fua = Fua::native;
  } else if (can.flush) {
    can.fua = Fua::by_flush;
  }
  if (std::has_single_bit(status.physical_sector_bytes)) {
    can.preferred_block_bytes = std::max(status.physical_sector_bytes, kPageBytes);
  }
  return can;
}

ZeroPlan plan_zero(const Abilities& abilities, const ZeroOptions& options) {
  const bool trims = options.may_trim && abilities.trim_zeroes;
  // Zeros that are written cost the network as much as any data.
  if (options.fast && !trims) return {.refused = true};
  // A trim knows no FUA; a flush after it does as well.
  if (trims && options.fua && abilities.flush) return {.flags = AOE_MAY_TRIM, .flush_after = true};
  return {.flags = (trims ? AOE_MAY_TRIM : 0) | (options.fua ? AOE_FUA : 0)};
}

std::string describe(const aoe_disk_status& status) {
  std::string text = fmt::format("{}, {}", status.model[0] == '\0' ? "AoE disk" : status.model,
                                 human_size(status.size_bytes));
  if (status.serial[0] != '\0') text += fmt::format(", serial number {}", status.serial);
  return text;
}

}  // namespace aoekit::nbd
