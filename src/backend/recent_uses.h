// One look at what the machine does with its disks, shared by all who ask at the same time.
#pragma once

#include <memory>
#include <mutex>

#include "backend/in_use.h"
#include "base/time.h"

namespace aoekit::backend {

// For those who open disks in great numbers: reading all mounts, swaps and loop devices anew for each is what takes longest.
// Any thread.
class RecentUses {
 public:
  // No look is used for longer: what the machine does may change at any time, also while disks are being opened.
  static constexpr Duration kAgeMax = std::chrono::seconds(1);

  explicit RecentUses(SystemRoots roots = {}) : roots_(std::move(roots)) {}

  // What was found after `asked`, when somebody wanted to know, and not more than kAgeMax before now.
  std::shared_ptr<const SystemUses> look(Instant asked, Instant now);

 private:
  const SystemRoots roots_;
  std::mutex mutex_;
  std::shared_ptr<const SystemUses> last_;
  Instant looked_at_{};  // when it began
};

}  // namespace aoekit::backend
