// The far side of the block contract: what a submitter promised is asserted here, once for all devices.
#pragma once

#include "base/check.h"
#include "block/block_device.h"

namespace aoekit::backend {

// Aborts unless `op` keeps what block/block_device.h requires of a submitter.
inline void check_op(const block::BlockOp& op, const block::DeviceInfo& info) {
  AOEKIT_CHECK(op.range.fits(info.size));
  switch (op.kind) {
    case block::OpKind::read:
      AOEKIT_CHECK(op.data.size() == op.range.count.bytes());
      break;
    case block::OpKind::write:
      AOEKIT_CHECK(!info.read_only);
      AOEKIT_CHECK(op.data.size() == op.range.count.bytes());
      AOEKIT_CHECK(op.lent.empty() || op.lent.size() == op.data.size());
      AOEKIT_CHECK(!op.may_lend);
      break;
    case block::OpKind::flush:
      AOEKIT_CHECK(op.range.count.count == 0);
      break;
    case block::OpKind::trim:
      AOEKIT_CHECK(!info.read_only && info.can_trim);
      break;
  }
}

}  // namespace aoekit::backend
