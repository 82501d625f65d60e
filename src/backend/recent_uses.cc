// Who comes while somebody looks waits for what is found, unless it would be too old.
#include "backend/recent_uses.h"

namespace aoekit::backend {

std::shared_ptr<const SystemUses> RecentUses::look(Instant asked, Instant now) {
  const std::lock_guard lock(mutex_);
  // Strictly after: within one tick of the clock nobody knows what came first.
  if (last_ && looked_at_ > asked && now - looked_at_ <= kAgeMax) return last_;
  last_ = std::make_shared<const SystemUses>(roots_);
  looked_at_ = now;
  return last_;
}

}  // namespace aoekit::backend
