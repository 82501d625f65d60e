// SET FEATURES by sub-command.
#include "ata/set_features.h"

#include "ata/transfer_commands.h"

namespace aoekit::ata {
namespace {

constexpr std::uint8_t kWriteCacheOn = 0x02;
constexpr std::uint8_t kTransferMode = 0x03;
constexpr std::uint8_t kLookAheadOff = 0x55;
constexpr std::uint8_t kKeepSettingsOverReset = 0x66;
constexpr std::uint8_t kWriteCacheOff = 0x82;
constexpr std::uint8_t kLookAheadOn = 0xaa;
constexpr std::uint8_t kForgetSettingsOnReset = 0xcc;

}  // namespace

bool switches_write_cache(const wire::AtaBody& request) {
  return request.feature_or_error == kWriteCacheOn || request.feature_or_error == kWriteCacheOff;
}

Action set_features(const wire::AtaBody& request, Access access, Disk& disk) {
  if (access == Access::read_only && switches_write_cache(request)) return refuse(request, kErrorAbort, disk);
  switch (request.feature_or_error) {
    case kWriteCacheOn:
      if (!disk.identity.has_write_cache) return refuse(request, kErrorAbort, disk);
      disk.write_cache_enabled = true;
      break;
    case kWriteCacheOff:
      if (disk.identity.never_stable) return refuse(request, kErrorAbort, disk);
      disk.write_cache_enabled = false;
      if (disk.identity.has_write_cache) return plan_flush(request, disk);
      break;
    case kLookAheadOn: disk.look_ahead_enabled = true; break;
    case kLookAheadOff: disk.look_ahead_enabled = false; break;
    case kTransferMode:
    case kKeepSettingsOverReset:
    case kForgetSettingsOnReset: break;
    default: return refuse(request, kErrorAbort, disk);
  }
  return Immediate{success(request), 0};
}

}  // namespace aoekit::ata
