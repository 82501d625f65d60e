// A disk that keeps nothing; reads are still filled, since no stale byte may leave the machine.
#include "backend/null_device.h"

#include <algorithm>

#include "backend/op_check.h"

namespace aoekit::backend {

NullDevice::NullDevice(const NullDeviceOptions& options)
    : info_{.size = options.size, .can_trim = true}, queue_depth_(options.queue_depth), done_(options.queue_depth) {}

void NullDevice::submit(std::span<const block::BlockOp> ops) {
  for (const block::BlockOp& op : ops) {
    check_op(op, info_);
    if (op.kind == block::OpKind::read) std::ranges::fill(op.data, std::uint8_t{0});
    done_.push({.cookie = op.cookie});
  }
}

}  // namespace aoekit::backend
