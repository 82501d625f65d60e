// A closed-loop load: a fixed number of ATA requests outstanding against one target, timed one by one.
#pragma once

#include <cstdint>
#include <vector>

#include "base/prng.h"
#include "base/result.h"
#include "base/time.h"
#include "net/frame_port.h"
#include "wire/frame.h"

namespace aoekit::bench {

enum class Direction : std::uint8_t { read, write };
enum class Pattern : std::uint8_t { random, sequential };

struct LoadOptions {
  wire::AoeAddress address;
  Direction direction = Direction::read;
  Pattern pattern = Pattern::random;
  std::uint8_t sectors = 8;        // per frame
  std::uint8_t frames_a_place = 1; // random: so many consecutive frames make one request
  std::size_t queue_depth = 32;    // frames outstanding
  std::uint64_t disk_sectors = 0;  // requests stay below this
  Duration length{};               // how long to measure, after a tenth of it as warm-up
};

struct LoadResult {
  std::uint64_t frames = 0;        // answered within the measured time
  std::uint64_t retransmitted = 0; // not answered within 100 ms
  std::uint64_t failed = 0;        // answered with an error or too little data
  Duration measured{};
  Duration latency_p50{};
  Duration latency_p99{};
};

// Runs the load on `port` against the target at `mac`. Single thread; busy only while there is something to do.
class Load {
 public:
  Load(net::FramePort& port, wire::MacAddress mac, const LoadOptions& options);
  // Called when the warm-up is over (e.g. to read the target's CPU time), before the first measured request.
  template <class AfterWarmUp>
  Result<LoadResult> run(AfterWarmUp after_warm_up) {
    if (auto status = run_for(options_.length / 10); !status) return tl::unexpected(status.error());
    result_ = LoadResult{};
    latencies_.clear();
    after_warm_up();
    if (auto status = run_for(options_.length); !status) return tl::unexpected(status.error());
    return finish();
  }

 private:
  struct Slot {
    std::vector<std::uint8_t> frame;
    std::uint32_t tag = 0;
    Instant sent{};
  };

  Status run_for(Duration length);
  std::uint64_t next_place();
  void prepare(Slot& slot, Instant now);
  void on_reply(ByteView frame, Instant now);
  void retransmit_overdue(Instant now);
  LoadResult finish();

  net::FramePort& port_;
  wire::MacAddress mac_;
  LoadOptions options_;
  Prng prng_{1};
  std::uint64_t place_ = 0;        // in frames from the disk's start
  std::uint64_t frames_left_ = 0;  // until the next random place
  std::uint32_t generation_ = 0;
  std::vector<Slot> slots_;
  std::vector<ByteView> to_send_;
  std::vector<Duration> latencies_;
  LoadResult result_;
  bool started_ = false;
};

}  // namespace aoekit::bench
