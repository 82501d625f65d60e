// Copying a range of sectors chunk by chunk, several at a time, with the caller's steps before and after each chunk.
#pragma once

#include <functional>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "block/block_op.h"
#include "cli/bulk_disk.h"

namespace aoekit::cli {

struct TransferSteps {
  // Prepares the memory for `range` before it is written; how much of it there is to write (less: the input ended).
  // Called in order. Absent: nothing to prepare.
  std::function<Result<Sectors>(SectorRange range, MutableBytes memory)> before;
  // Takes what was read (or was written). Called in order. Absent: nothing to do.
  std::function<Status(SectorRange range, ByteView memory)> after;
  // Tells how many sectors are done, from the range's start without a gap.
  std::function<void(Sectors done)> progress;
};

// What was done, from the start of the range without a gap, and why it ended early if it did.
struct TransferResult {
  Sectors done;
  std::optional<Error> error;
};

// REQUIRES: kind is read or write; range within the disk. After an error the disk takes no more operations: some may be
// unfinished, and their memory is gone.
TransferResult transfer(BulkDisk& disk, block::OpKind kind, SectorRange range, const TransferSteps& steps);

}  // namespace aoekit::cli
