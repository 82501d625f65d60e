// One direction of a faulty link without any I/O: frames and the time in, frames that are due out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "chaos/delay_line.h"
#include "chaos/fault_dice.h"
#include "chaos/fault_options.h"

namespace aoekit::chaos {

// Frames by what became of them. received + duplicated = delivered + lost + cut + too_long + overflowed + on_their_way.
struct LinkCounters {
  std::uint64_t received = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t delivered = 0;
  std::uint64_t delivered_bytes = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t held_back = 0;
  std::uint64_t corrupted = 0;
  std::uint64_t cut = 0;         // came while the link was silent
  std::uint64_t too_long = 0;
  std::uint64_t overflowed = 0;  // more frames on their way than waiting_frames_max
  std::uint64_t on_their_way = 0;
};

class FaultyLink {
 public:
  FaultyLink(const FaultOptions& options, std::uint64_t seed, std::uint64_t cut_seed, Instant start);

  // Takes what arrived at `now` and returns what is to be sent now, including what had been waiting. The views are
  // those given, or of the link's own memory, and hold until the next call. `now` never goes back.
  std::span<const ByteView> pass(std::span<const ByteView> arrived, Instant now);
  // When pass() has something to send even if nothing arrives.
  std::optional<Instant> next_due() const { return line_.next_due(); }

  void set_cut(bool cut) { dice_.set_cut(cut); }
  bool silent_at(Instant now) { return dice_.silent_at(now); }
  LinkCounters counters() const;

 private:
  void take(ByteView frame, Instant now);
  void deliver(ByteView frame);
  void deliver_waiting(Instant now);

  FaultDice dice_;
  DelayLine line_;
  LinkCounters counters_;
  std::vector<ByteView> out_;
};

}  // namespace aoekit::chaos
