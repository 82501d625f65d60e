// Frames on their way: kept until they are due, then handed out in the order of their times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "chaos/fault_dice.h"

namespace aoekit::chaos {

class DelayLine {
 public:
  // Never holds more than `frames_max` frames. Buffers are allocated as they are first needed, and kept.
  explicit DelayLine(std::size_t frames_max);

  // Copies the frame, with its bit flipped. False when the line is full: the frame is dropped.
  [[nodiscard]] bool push(ByteView frame, const Delivery& delivery);

  // When the next frame is due; nothing while there is none.
  std::optional<Instant> next_due() const;
  // The frame due first, or an empty view when none is due at `now`. Frames of one time come as they were pushed. The
  // view holds until the next `release_all`.
  ByteView take_due(Instant now);
  // The frames taken have been sent: their buffers are free again.
  void release_all();

  std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    Instant at{};
    std::uint64_t number = 0;
    std::uint32_t slot = 0;
  };
  struct Later {
    bool operator()(const Waiting& a, const Waiting& b) const {
      return a.at != b.at ? a.at > b.at : a.number > b.number;
    }
  };

  std::size_t frames_max_;
  std::uint64_t pushed_ = 0;
  std::priority_queue<Waiting, std::vector<Waiting>, Later> waiting_;
  std::vector<std::vector<std::uint8_t>> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> taken_;
};

// Flips a bit, counted from the first byte, highest bit first. REQUIRES: it is within `frame`.
void flip_bit(MutableBytes frame, std::uint32_t bit);

}  // namespace aoekit::chaos
