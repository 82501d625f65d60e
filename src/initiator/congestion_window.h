// How many frames may be on their way to one target MAC at a time.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace aoekit::initiator {

// Slow start and congestion avoidance as in TCP, under the target's buffer count as a hard limit. Two things are
// gentler than in the Linux driver, which starts at half and falls to 1 on every loss: several losses within one round
// trip count once, and the first loss halves the window; only a path that stays silent falls to 1.
class CongestionWindow {
 public:
  // `buffer_count` is what the target advertises; 0 is taken as 1, so that such targets work too.
  explicit CongestionWindow(std::uint16_t buffer_count);

  // Frames that may be outstanding: from 1 to limit().
  std::uint32_t size() const { return size_; }
  std::uint32_t limit() const { return limit_; }
  // The target advertises another number now.
  void set_limit(std::uint16_t buffer_count);

  void answered();
  // A frame whose latest copy left at `sent_at` got no answer in time; it is now `now`.
  void lost(Instant sent_at, Instant now);

 private:
  std::uint32_t limit_;
  std::uint32_t size_;
  std::uint32_t slow_start_until_;
  std::uint32_t answered_since_growth_ = 0;
  Instant reduced_at_ = Instant::min();
  std::uint32_t reductions_without_answer_ = 0;
};

}  // namespace aoekit::initiator
