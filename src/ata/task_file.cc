// Sector addresses and plain answers.
#include "ata/task_file.h"

#include "base/cursor.h"

namespace aoekit::ata {

Lba lba_of(const wire::AtaBody& request, AddressWidth width) {
  const std::uint64_t lba48 = ByteReader(request.lba).u48_le();
  return Lba{width == AddressWidth::lba28 ? lba48 & kLba28Max : lba48};
}

ResponseRegisters success(const wire::AtaBody& request) {
  ResponseRegisters registers;
  registers.lba = request.lba;
  return registers;
}

ResponseRegisters failure(const wire::AtaBody& request, std::uint8_t status, std::uint8_t error) {
  ResponseRegisters registers;
  registers.error = error;
  registers.status = status;
  registers.count = request.count;
  registers.lba = request.lba;
  return registers;
}

Immediate refuse(const wire::AtaBody& request, std::uint8_t error, Disk& disk) {
  ++disk.health.requests_aborted;
  return Immediate{failure(request, kStatusReady | kStatusError, error), 0};
}

}  // namespace aoekit::ata
