// From the outcome of a transfer to registers: the one place where a BlockStatus becomes ATA bits.
#include "ata/interpret.h"
#include "ata/task_file.h"
#include "base/check.h"

namespace aoekit::ata {
namespace {

using block::BlockStatus;
using block::OpKind;

struct Bits {
  std::uint8_t status = kStatusReady;
  std::uint8_t error = 0;
};

// ERR: the request failed. DF with it: for a reason that no other request would have avoided - the device cannot do its
// work. UNC belongs to reads, WP to writes; the same bit, so other commands have neither.
Bits bits_of(BlockStatus status, OpKind kind) {
  constexpr std::uint8_t kFailed = kStatusReady | kStatusError;
  constexpr std::uint8_t kFault = kFailed | kStatusFault;
  switch (status) {
    case BlockStatus::ok: return {};
    case BlockStatus::medium_error:
      return kind == OpKind::read ? Bits{kFailed, kErrorUncorrectable} : Bits{kFault, kErrorAbort};
    case BlockStatus::no_space: return {kFault, kErrorAbort};
    case BlockStatus::unavailable: return {kFault, kErrorAbort};
    case BlockStatus::read_only:
      return kind == OpKind::write ? Bits{kFailed, kErrorWriteProtected | kErrorAbort} : Bits{kFailed, kErrorAbort};
    case BlockStatus::out_of_range: return {kFailed, kErrorIdNotFound};
    case BlockStatus::unsupported: return {kFailed, kErrorAbort};
  }
  return {kFault, kErrorAbort};
}

void count_success(const Transfer& transfer, DiskHealth& health) {
  if (transfer.returns_data) health.sectors_read += transfer.range.count.count;
  if (transfer.kind == OpKind::write) health.sectors_written += transfer.range.count.count;
}

void count_failure(OpKind kind, BlockStatus status, DiskHealth& health) {
  const bool disk_is_at_fault = status == BlockStatus::medium_error || status == BlockStatus::no_space ||
                                status == BlockStatus::unavailable;
  if (!disk_is_at_fault) {
    ++health.requests_aborted;
    return;
  }
  switch (kind) {
    case OpKind::read: ++health.read_errors; break;
    case OpKind::write:
    case OpKind::trim: ++health.write_errors; break;
    case OpKind::flush: ++health.flush_errors; break;
  }
}

}  // namespace

ResponseRegisters complete(const wire::AtaBody& request, const Transfer& transfer, BlockStatus status, Disk& disk) {
  if (status == BlockStatus::ok) {
    count_success(transfer, disk.health);
    return success(request);
  }
  count_failure(transfer.kind, status, disk.health);
  const Bits bits = bits_of(status, transfer.kind);
  return failure(request, bits.status, bits.error);
}

}  // namespace aoekit::ata
