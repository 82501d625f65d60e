// Whether a thread should look again and again for a moment before it sleeps: where the next event comes within
// microseconds, being woken costs more than waiting awake. Decides; waits for nothing itself.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace aoekit::io {

// Learns from its failures: each busy wait in vain doubles the number of waits that are not tried, so that a thread that
// has nothing to do, or shares its core with those it waits for, soon sleeps at once. One success starts anew.
class BusyWait {
 public:
  BusyWait() = default;
  // Waits awake for `longest` at most; zero: never.
  explicit BusyWait(Duration longest) : longest_(longest) {}

  // How long to wait awake now; zero: sleep at once. Follow it by succeeded() or failed() if it is not zero.
  Duration next() {
    if (to_skip_ == 0) return longest_;
    --to_skip_;
    return Duration::zero();
  }
  void succeeded() { skips_ = 0; }
  void failed() {
    skips_ = std::min(kSkipsMax, skips_ == 0 ? 1 : skips_ * 2);
    to_skip_ = skips_;
  }

 private:
  // Of a second with a thousand events each waited for in vain, this leaves one busy wait.
  static constexpr std::uint32_t kSkipsMax = 1024;

  Duration longest_{};
  std::uint32_t skips_ = 0;    // after the next failure: twice as many
  std::uint32_t to_skip_ = 0;
};

}  // namespace aoekit::io
