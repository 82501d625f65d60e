// A disk for bulk transfers: many operations at a time, waited for one by one.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "block/block_op.h"

namespace aoekit::cli {

struct FinishedOp {
  std::uint64_t token = 0;
  std::optional<Error> error;
};

class BulkDisk {
 public:
  virtual ~BulkDisk() = default;
  virtual std::uint32_t sectors_per_frame() const = 0;
  // Starts an operation; `data` stays untouched until it is finished, or the disk is gone.
  virtual Status submit(std::uint64_t token, block::OpKind kind, SectorRange range, MutableBytes data) = 0;
  // The next finished operation, in no order. REQUIRES: one is unfinished. Fails with EINTR on Ctrl-C.
  virtual Result<FinishedOp> wait() = 0;
};

}  // namespace aoekit::cli
