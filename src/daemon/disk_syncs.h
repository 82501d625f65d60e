// A server's own operations: the last sync of disks that are not to be used any more, a few at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "block/block_device.h"

namespace aoekit::daemon {

// One thread. A disk is here once at most, and outlives its time here.
class DiskSyncs {
 public:
  static constexpr std::size_t kInFlightMax = 16;
  // The cookies of syncs are these and kInFlightMax - 1 more; the target core's are far below.
  static constexpr std::uint64_t kFirstCookie = UINT64_MAX - kInFlightMax;

  void add(block::BlockDevice& disk) { waiting_.push_back(&disk); }
  bool idle() const { return waiting_.empty() && in_flight_ == 0; }

  // Submits the sync of the next disk, which is returned so that its completions can be reaped; null when none waits, or
  // enough are in flight.
  block::BlockDevice* start_next();

  static bool is_ours(const block::BlockCompletion& completion) { return completion.cookie >= kFirstCookie; }
  // The disk whose sync has ended. REQUIRES is_ours().
  block::BlockDevice& finish(const block::BlockCompletion& completion);

  // Syncs that ended badly.
  std::size_t failed() const { return failed_; }

 private:
  std::deque<block::BlockDevice*> waiting_;
  std::array<block::BlockDevice*, kInFlightMax> places_{};  // by cookie
  std::size_t in_flight_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace aoekit::daemon
