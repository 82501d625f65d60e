// Checks of transfers.
#include "ata/transfer_commands.h"

namespace aoekit::ata {

Action plan_transfer(const TransferCommand& command, const wire::AtaBody& request, const TransferLimits& limits,
                     Disk& disk) {
  const bool writes = command.kind == block::OpKind::write;
  const bool read_only = disk.identity.read_only || limits.access == Access::read_only;
  if (command.forces_stable && disk.identity.never_stable) return refuse(request, kErrorAbort, disk);
  if (writes && read_only) return refuse(request, kErrorWriteProtected | kErrorAbort, disk);
  const SectorRange range{lba_of(request, command.width), Sectors{request.count}};
  if (range.count.count == 0 || range.count.count > limits.sectors_max) return refuse(request, kErrorAbort, disk);
  if (writes && request.data.size() < range.count.bytes()) return refuse(request, kErrorAbort, disk);
  if (!range.fits(disk.size)) return refuse(request, kErrorIdNotFound, disk);
  Transfer transfer;
  transfer.kind = command.kind;
  transfer.range = range;
  transfer.returns_data = command.returns_data;
  if (writes) {
    transfer.write_bytes = range.count.bytes();
    transfer.durability = command.forces_stable || !disk.write_cache_enabled ? block::Durability::stable
                                                                             : block::Durability::cached;
  }
  return transfer;
}

Action plan_flush(const wire::AtaBody& request, const Disk& disk) {
  if (disk.identity.never_stable) return Immediate{success(request), 0};
  Transfer transfer;
  transfer.kind = block::OpKind::flush;
  return transfer;
}

}  // namespace aoekit::ata
