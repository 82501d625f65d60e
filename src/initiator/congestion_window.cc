// Growth and reduction of the window.
#include "initiator/congestion_window.h"

#include <algorithm>

namespace aoekit::initiator {

CongestionWindow::CongestionWindow(std::uint16_t buffer_count)
    : limit_(std::max<std::uint32_t>(buffer_count, 1)),
      size_(std::max<std::uint32_t>(limit_ / 2, 1)),
      slow_start_until_(limit_) {}

void CongestionWindow::set_limit(std::uint16_t buffer_count) {
  const std::uint32_t limit = std::max<std::uint32_t>(buffer_count, 1);
  // Without a loss so far there is no reason to grow slowly.
  if (slow_start_until_ == limit_) slow_start_until_ = limit;
  limit_ = limit;
  size_ = std::min(size_, limit_);
}

void CongestionWindow::answered() {
  reductions_without_answer_ = 0;
  if (size_ >= limit_) return;
  if (size_ < slow_start_until_) {
    ++size_;
    return;
  }
  if (++answered_since_growth_ >= size_) {
    answered_since_growth_ = 0;
    ++size_;
  }
}

void CongestionWindow::lost(Instant sent_at, Instant now) {
  // A copy that left before the last reduction tells of the same congestion.
  if (sent_at < reduced_at_) return;
  reduced_at_ = now;
  answered_since_growth_ = 0;
  slow_start_until_ = std::max<std::uint32_t>(size_ / 2, 1);
  size_ = reductions_without_answer_ == 0 ? slow_start_until_ : 1;
  ++reductions_without_answer_;
}

}  // namespace aoekit::initiator
