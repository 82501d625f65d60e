// SMART by sub-command.
#include "ata/smart.h"

#include <algorithm>

namespace aoekit::ata {
namespace {

// Feature register.
constexpr std::uint8_t kReadData = 0xd0;
constexpr std::uint8_t kReadThresholds = 0xd1;
constexpr std::uint8_t kReadLog = 0xd5;
constexpr std::uint8_t kEnable = 0xd8;
constexpr std::uint8_t kDisable = 0xd9;
constexpr std::uint8_t kReturnStatus = 0xda;

constexpr std::uint8_t kLogDirectory = 0;
constexpr std::uint8_t kLogSummaryError = 1;
constexpr std::uint8_t kLogComprehensiveError = 2;
constexpr std::uint8_t kLogSelfTest = 6;

constexpr std::uint8_t kSignatureMid = 0x4f, kSignatureHigh = 0xc2;
constexpr std::uint8_t kFailingMid = 0xf4, kFailingHigh = 0x2c;

bool has_signature(const wire::AtaBody& request) {
  return request.lba[1] == kSignatureMid && request.lba[2] == kSignatureHigh;
}

// Writes the log that the LBA low register names; false if there is none or not one sector of it is asked for.
bool build_log(const wire::AtaBody& request, const DiskHealth& health, MutableBytes page) {
  if (request.count != 1) return false;
  switch (request.lba[0]) {
    case kLogDirectory: build_smart_log_directory(page); return true;
    case kLogSummaryError:
    case kLogComprehensiveError: build_smart_error_log(health, page); return true;
    case kLogSelfTest: build_smart_self_test_log(page); return true;
    default: return false;
  }
}

Immediate answer(const wire::AtaBody& request, Disk& disk, Instant now, bool page_fits, MutableBytes page) {
  const std::uint8_t subcommand = request.feature_or_error;
  if (!has_signature(request) || (!disk.smart_enabled && subcommand != kEnable)) {
    return refuse(request, kErrorAbort, disk);
  }
  Immediate done{success(request), 0};
  switch (subcommand) {
    case kReadData:
      if (!page_fits) break;
      build_smart_data(disk, now, page);
      return done;
    case kReadThresholds:
      if (!page_fits) break;
      build_smart_thresholds(page);
      return done;
    case kReadLog:
      if (!page_fits || !build_log(request, disk.health, page)) break;
      return done;
    case kEnable: disk.smart_enabled = true; return done;
    case kDisable: disk.smart_enabled = false; return done;
    case kReturnStatus:
      if (is_failing(disk.health)) {
        done.registers.lba[1] = kFailingMid;
        done.registers.lba[2] = kFailingHigh;
      }
      return done;
    default: break;
  }
  return refuse(request, kErrorAbort, disk);
}

}  // namespace

Action smart(const wire::AtaBody& request, const TransferLimits& limits, Disk& disk, Instant now,
             MutableBytes scratch) {
  const bool page_fits = limits.sectors_max >= 1;
  const MutableBytes page = scratch.first(kSmartPageBytes);
  std::fill(page.begin(), page.end(), std::uint8_t{0});
  Immediate result = answer(request, disk, now, page_fits, page);
  if (page_fits) result.data_bytes = kSmartPageBytes;
  return result;
}

}  // namespace aoekit::ata
