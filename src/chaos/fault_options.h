// What a faulty link does to frames, as numbers; the twin of the options of aoe-chaos(1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace aoekit::chaos {

// 0 never, 1 always.
using Probability = double;

// A time drawn evenly between two, both included. `shortest` <= `longest`.
struct DurationRange {
  Duration shortest{};
  Duration longest{};
  bool operator==(const DurationRange&) const = default;
};

// Once in each `period` nothing passes for a time of `length`, somewhere within the period.
struct CutOptions {
  DurationRange length;  // longest <= period
  Duration period{};     // > 0
};

enum class Afflicted : std::uint8_t { all_frames, aoe_only };

// Of one direction of a link.
struct FaultOptions {
  Probability loss = 0;
  Probability duplicate = 0;  // the copy follows at once, unless it is held back itself
  Probability reorder = 0;    // held back by a part of `reorder_hold`, while later frames overtake
  Probability corrupt = 0;    // one bit behind the Ethernet addresses is flipped
  DurationRange delay = {};   // of each frame; alone it keeps the order, as a cable does
  Duration reorder_hold = std::chrono::milliseconds(5);
  std::uint64_t bits_per_second = 0;       // 0: no limit
  std::uint32_t payload_bytes_max = 0;     // longer frames vanish, as in a switch without jumbo frames; 0: no limit
  std::optional<CutOptions> cut = std::nullopt;
  Afflicted afflicted = Afflicted::all_frames;
  std::size_t waiting_frames_max = 4096;   // on their way at once; further ones are dropped and counted
};

}  // namespace aoekit::chaos
