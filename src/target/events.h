// What an administrator wants to hear of soon: kept until the owner of the core asks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "target/outbox.h"
#include "wire/mac_address.h"

namespace aoekit::target {

struct TargetEvent {
  enum class Kind : std::uint8_t {
    second_writer,    // `mac` writes an export that is not declared shared, `other` wrote it within the last minute
    holder_taken,     // `mac` holds an exclusive export from now on
    holder_released,  // `mac` holds it no longer
  };
  Kind kind = Kind::second_writer;
  ExportId device;
  wire::MacAddress mac;
  wire::MacAddress other = {};
};

// Keeps the oldest: what comes when it is full is lost, and counted.
class EventQueue {
 public:
  static constexpr std::size_t kCapacity = 64;

  void push(const TargetEvent& event) {
    if (count_ == kCapacity) {
      ++lost_;
      return;
    }
    events_[(first_ + count_++) % kCapacity] = event;
  }
  // Moves as many as there are and fit to `out`, oldest first, and returns their number.
  std::size_t take(std::span<TargetEvent> out) {
    std::size_t taken = 0;
    for (; taken < out.size() && count_ > 0; --count_) {
      out[taken++] = events_[first_];
      first_ = (first_ + 1) % kCapacity;
    }
    return taken;
  }
  std::uint64_t lost() const { return lost_; }

 private:
  std::array<TargetEvent, kCapacity> events_{};
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace aoekit::target
