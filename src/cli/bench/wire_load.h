// The bare generator: AoE frames straight from and to a port, with next to nothing in between. What it measures is the
// target and the network.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cli/bench/load.h"
#include "cli/bench/schedule.h"
#include "net/frame_port.h"
#include "wire/frame.h"

namespace aoekit::bench {

struct WireTarget {
  wire::AoeAddress address;
  wire::MacAddress mac;
  std::uint32_t sectors_per_frame = 2;
  std::size_t window = 16;  // frames outstanding, at most
  std::size_t depth = 32;   // requests outstanding, at most
  Sectors request_size{};   // of every request; a write's frames are made as large as that
  Workload workload;
  Schedule schedule;
};

// A request is cut into frames of `sectors_per_frame`, which leave in order as the window has room; it is done when all
// of them are answered. A frame without an answer is sent again after 100 ms, then after twice that, and so on.
class WireLoad final : public Load {
 public:
  static constexpr std::size_t kFramesMax = 1U << 14;  // outstanding, over all targets: a tag names its frame

  // The port outlives the load. REQUIRES that the windows add up to kFramesMax at most.
  WireLoad(net::FramePort& port, std::vector<WireTarget> targets, Waiting waiting);

  Status turn(Instant until) override;
  Tally tally() const override;
  void reset_tally() override;

 private:
  struct Job {  // a request under way
    Request request;
    Instant since{};              // its latency counts from here
    std::uint64_t next_lba = 0;   // of the next frame
    std::uint32_t frames_out = 0;
    Tally::Outcome outcome = Tally::Outcome::good;
  };
  struct Lane {  // a target with its requests
    WireTarget target;
    std::vector<Job> jobs;
    std::vector<std::uint32_t> free_jobs;
    std::vector<std::uint32_t> unsent;  // jobs with frames to send, first come first served
    std::size_t unsent_first = 0;
    std::size_t frames_out = 0;
  };
  struct Slot {  // a frame under way
    std::vector<std::uint8_t> memory;
    ByteView frame;
    std::uint32_t tag = 0;  // 0: free
    std::uint32_t lane = 0;
    std::uint32_t job = 0;
    std::uint32_t data_bytes = 0;  // that the answer must have
    Instant first_sent{};
    Instant send_again{};
    Duration patience{};
  };

  void start_due(Lane& lane, Instant now);
  void send_frames(std::uint32_t lane_index, Instant now);
  void fill_slot(Slot& slot, const Lane& lane, Job& job);
  bool sent_completely(const Job& job) const { return job.next_lba == job.request.range.end(); }
  void take(std::span<const ByteView> frames, Instant now);
  void on_reply(ByteView frame, Instant now);
  Status send_overdue(Instant now);
  Status wait(Instant now, Instant until) const;

  net::FramePort& port_;
  Waiting waiting_;
  std::vector<Lane> lanes_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<ByteView> to_send_;
  std::uint32_t generation_ = 0;
  Instant overdue_looked_for_{};
  Tally tally_;
  std::uint64_t dropped_before_ = 0;
};

}  // namespace aoekit::bench
