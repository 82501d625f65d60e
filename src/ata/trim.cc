// TRIM: entries of eight bytes, the low six an address and the high two a count.
#include "ata/trim.h"

#include "base/check.h"
#include "base/cursor.h"

namespace aoekit::ata {
namespace {

constexpr std::uint8_t kFeatureTrim = 0x01;

}  // namespace

bool offers_trim(const DiskIdentity& identity, Access access) {
  return identity.can_trim && !identity.read_only && access == Access::read_write;
}

SectorRange trim_range(ByteView data, std::size_t i) {
  AOEKIT_CHECK(i < data.size() / kTrimEntryBytes);
  ByteReader reader(data.subspan(i * kTrimEntryBytes, kTrimEntryBytes));
  const std::uint64_t first = reader.u48_le();
  return SectorRange{Lba{first}, Sectors{reader.u16_le()}};
}

Action plan_trim(const wire::AtaBody& request, const TransferLimits& limits, Disk& disk) {
  if (!offers_trim(disk.identity, limits.access) || request.feature_or_error != kFeatureTrim) {
    return refuse(request, kErrorAbort, disk);
  }
  const std::size_t bytes = Sectors{request.count}.bytes();
  const bool fits = request.count >= 1 && request.count <= kTrimBlocksMax && request.count <= limits.sectors_max;
  if (!fits || request.data.size() < bytes) return refuse(request, kErrorAbort, disk);
  for (std::size_t i = 0; i < bytes / kTrimEntryBytes; ++i) {
    const SectorRange range = trim_range(request.data.first(bytes), i);
    if (range.count.count != 0 && !range.fits(disk.size)) return refuse(request, kErrorIdNotFound, disk);
  }
  Transfer transfer;
  transfer.kind = block::OpKind::trim;
  transfer.write_bytes = bytes;
  transfer.durability = disk.write_cache_enabled ? block::Durability::cached : block::Durability::stable;
  return transfer;
}

}  // namespace aoekit::ata
