// Dispatch of ATA commands.
#include "ata/interpret.h"

#include <algorithm>

#include "ata/identify.h"
#include "ata/set_features.h"
#include "ata/smart.h"
#include "ata/transfer_commands.h"
#include "ata/trim.h"
#include "base/check.h"

namespace aoekit::ata {
namespace {

constexpr std::uint8_t kPowerModeActive = 0xff;

constexpr TransferCommand kRead28{block::OpKind::read, AddressWidth::lba28, true};
constexpr TransferCommand kRead48{block::OpKind::read, AddressWidth::lba48, true};
constexpr TransferCommand kVerify28{block::OpKind::read, AddressWidth::lba28};
constexpr TransferCommand kVerify48{block::OpKind::read, AddressWidth::lba48};
constexpr TransferCommand kWrite28{block::OpKind::write, AddressWidth::lba28};
constexpr TransferCommand kWrite48{block::OpKind::write, AddressWidth::lba48};
constexpr TransferCommand kWriteFua48{block::OpKind::write, AddressWidth::lba48, false, true};

// Any count is taken (vblade insists on 1), and either E flag.
Action identify(const wire::AtaBody& request, const TransferLimits& limits, Disk& disk, MutableBytes scratch) {
  if (limits.sectors_max < 1) return refuse(request, kErrorAbort, disk);
  build_identify(disk, limits.access, scratch);
  return Immediate{success(request), kIdentifyBytes};
}

// Nothing here ever spins down, so the answer is always: active.
Action check_power_mode(const wire::AtaBody& request) {
  Immediate answer{success(request), 0};
  answer.registers.count = kPowerModeActive;
  return answer;
}

// A client that sends a disk to standby is about to cut the power: what is cached must be stable first.
Action standby(const wire::AtaBody& request, const Disk& disk) {
  if (disk.identity.has_write_cache) return plan_flush(request, disk);
  return Immediate{success(request), 0};
}

// The last sector's address, in the LBA registers.
Action read_native_max(const wire::AtaBody& request, AddressWidth width, Disk& disk) {
  if (disk.size.count == 0) return refuse(request, kErrorAbort, disk);
  Immediate answer{success(request), 0};
  std::uint64_t last = disk.size.count - 1;
  if (width == AddressWidth::lba28) {
    const std::uint64_t device_register = request.lba[3] & 0xf0U;
    last = std::min(last, kLba28Max) | device_register << 24;
  }
  for (std::uint8_t& byte : answer.registers.lba) {
    byte = static_cast<std::uint8_t>(last);
    last >>= 8;
  }
  return answer;
}

}  // namespace

bool changes_disk(const wire::AtaBody& request) {
  const std::optional<Opcode> opcode = opcode_from(request.command_or_status);
  if (!opcode) return false;
  switch (*opcode) {
    case Opcode::write_sectors:
    case Opcode::write_dma:
    case Opcode::write_sectors_ext:
    case Opcode::write_dma_ext:
    case Opcode::write_dma_fua_ext:
    case Opcode::data_set_management: return true;
    case Opcode::set_features: return switches_write_cache(request);
    case Opcode::read_sectors:
    case Opcode::read_dma:
    case Opcode::read_sectors_ext:
    case Opcode::read_dma_ext:
    case Opcode::read_verify:
    case Opcode::read_verify_ext:
    case Opcode::flush_cache:
    case Opcode::flush_cache_ext:
    case Opcode::identify_device:
    case Opcode::smart:
    case Opcode::check_power_mode:
    case Opcode::standby:
    case Opcode::standby_immediate:
    case Opcode::idle:
    case Opcode::idle_immediate:
    case Opcode::read_native_max:
    case Opcode::read_native_max_ext: return false;
  }
  return false;
}

Action interpret(const wire::AtaBody& request, const TransferLimits& limits, Disk& disk, Instant now,
                 MutableBytes scratch) {
  AOEKIT_CHECK(scratch.size() >= kSectorBytes);
  ++disk.health.requests;
  const std::optional<Opcode> opcode = opcode_from(request.command_or_status);
  if (!opcode) return refuse(request, kErrorAbort, disk);
  switch (*opcode) {
    case Opcode::read_sectors:
    case Opcode::read_dma: return plan_transfer(kRead28, request, limits, disk);
    case Opcode::read_sectors_ext:
    case Opcode::read_dma_ext: return plan_transfer(kRead48, request, limits, disk);
    case Opcode::read_verify: return plan_transfer(kVerify28, request, limits, disk);
    case Opcode::read_verify_ext: return plan_transfer(kVerify48, request, limits, disk);
    case Opcode::write_sectors:
    case Opcode::write_dma: return plan_transfer(kWrite28, request, limits, disk);
    case Opcode::write_sectors_ext:
    case Opcode::write_dma_ext: return plan_transfer(kWrite48, request, limits, disk);
    case Opcode::write_dma_fua_ext: return plan_transfer(kWriteFua48, request, limits, disk);
    case Opcode::flush_cache:
    case Opcode::flush_cache_ext: return plan_flush(request, disk);
    case Opcode::data_set_management: return plan_trim(request, limits, disk);
    case Opcode::identify_device: return identify(request, limits, disk, scratch);
    case Opcode::set_features: return set_features(request, limits.access, disk);
    case Opcode::smart: return smart(request, limits, disk, now, scratch);
    case Opcode::check_power_mode: return check_power_mode(request);
    case Opcode::standby:
    case Opcode::standby_immediate: return standby(request, disk);
    case Opcode::idle:
    case Opcode::idle_immediate: return Immediate{success(request), 0};
    case Opcode::read_native_max: return read_native_max(request, AddressWidth::lba28, disk);
    case Opcode::read_native_max_ext: return read_native_max(request, AddressWidth::lba48, disk);
  }
  return refuse(request, kErrorAbort, disk);
}

}  // namespace aoekit::ata
