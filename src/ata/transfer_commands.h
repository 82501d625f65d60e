// READ, WRITE and READ VERIFY in all their forms: the checks before a transfer reaches the disk.
#pragma once

#include "ata/task_file.h"

namespace aoekit::ata {

// What distinguishes one transfer opcode from another.
struct TransferCommand {
  block::OpKind kind = block::OpKind::read;
  AddressWidth width = AddressWidth::lba48;
  bool returns_data = false;
  bool forces_stable = false;  // FUA: stable whatever the write cache is set to
};

// In this order: a stable write to a disk that makes nothing stable is refused with ABRT; a write to a read-only disk is refused with WP and ABRT (WP is the bit that says why; ABRT, because
// later standards know no WP, says that it was refused at all); a count of 0 (ATA's 256 or 65536), more sectors than
// fit a frame, or less write data than the count with ABRT; a range past the end with IDNF.
// 28-bit commands reach all that their address can express: a transfer may cross 2^28 sectors if the disk does.
Action plan_transfer(const TransferCommand& command, const wire::AtaBody& request, const TransferLimits& limits,
                     Disk& disk);

// Makes everything stable that was acknowledged before, on a disk where that is possible.
Action plan_flush(const wire::AtaBody& request, const Disk& disk);

}  // namespace aoekit::ata
