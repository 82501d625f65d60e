// A queue in front of a few places.
#include "daemon/disk_syncs.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace aoekit::daemon {

block::BlockDevice* DiskSyncs::start_next() {
  if (waiting_.empty() || in_flight_ == kInFlightMax) return nullptr;
  const auto place = std::ranges::find(places_, nullptr);
  AOEKIT_CHECK(place != places_.end());
  *place = waiting_.front();
  waiting_.pop_front();
  ++in_flight_;
  block::BlockOp sync;
  sync.cookie = kFirstCookie + static_cast<std::uint64_t>(place - places_.begin());
  sync.kind = block::OpKind::flush;
  (*place)->submit({&sync, 1});
  return *place;
}

block::BlockDevice& DiskSyncs::finish(const block::BlockCompletion& completion) {
  if (completion.status != block::BlockStatus::ok) ++failed_;
  --in_flight_;
  block::BlockDevice* const disk = std::exchange(places_[completion.cookie - kFirstCookie], nullptr);
  AOEKIT_CHECK(disk != nullptr);
  return *disk;
}

}  // namespace aoekit::daemon
