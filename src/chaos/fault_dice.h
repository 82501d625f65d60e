// What becomes of each frame on a faulty link: lost, kept, doubled, delayed, damaged. Decides; holds no frame.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/prng.h"
#include "base/time.h"
#include "chaos/cut_schedule.h"
#include "chaos/fault_options.h"

namespace aoekit::chaos {

// One copy of a frame at the far end.
struct Delivery {
  Instant at{};
  std::optional<std::uint32_t> flipped_bit;  // counted from the frame's first byte, highest bit first
};

struct Fate {
  enum class Kind : std::uint8_t { delivered, lost, cut, too_long } kind = Kind::delivered;
  // In the order in which they are to be sent where they are due at the same time.
  std::array<Delivery, 2> deliveries{};
  std::size_t copies = 0;  // 0 unless delivered
  bool held_back = false;  // one of them by reordering
};

// The link's memory is the order of frames and how long the wire is occupied. Each frame takes the same number of
// random values whatever becomes of it, so that the same seed does the same to the n-th frame under other
// probabilities, too.
class FaultDice {
 public:
  // Random values come from `seed`; the gaps of options.cut from `cut_seed`, so that two directions can share them.
  FaultDice(const FaultOptions& options, std::uint64_t seed, std::uint64_t cut_seed, Instant start);

  // `frame` is a whole Ethernet frame that arrives at `now`, which never goes back.
  Fate decide(ByteView frame, Instant now);

  // Silence by hand, beside that of options.cut.
  void set_cut(bool cut) { cut_by_hand_ = cut; }
  // Whether either makes the link silent now.
  bool silent_at(Instant now);

 private:
  Instant leaves_wire(std::size_t frame_bytes, Instant now);

  FaultOptions options_;
  Prng prng_;
  std::optional<CutSchedule> cut_;
  bool cut_by_hand_ = false;
  Instant wire_free_at_{};
  Instant last_in_order_{};  // when the latest frame that was not held back arrives
};

}  // namespace aoekit::chaos
