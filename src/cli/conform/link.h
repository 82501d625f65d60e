// The cable between the conformance suite and a target: a real interface, or a target core in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "wire/mac_address.h"

namespace aoekit::conform {

// A whole frame, or a part of one: the suite sends what no correct program would.
using Bytes = std::vector<std::uint8_t>;

// All calls from one thread.
class Link {
 public:
  virtual ~Link() = default;

  virtual wire::MacAddress mac() const = 0;
  virtual std::uint32_t mtu_bytes() const = 0;
  // Whether frames under 60 bytes arrive as short as they were sent (physical interfaces pad them).
  virtual bool sends_short_frames() const = 0;
  // Whether answers to other source addresses than mac() are seen.
  virtual bool sees_other_stations() const = 0;
  virtual Instant now() const = 0;

  // Sends all frames as they are, back to back. An Error means that the interface is unusable.
  virtual Status send(std::span<const Bytes> frames) = 0;
  // The next AoE frame from the network; nothing when `patience` is over or a signal came.
  virtual Result<std::optional<Bytes>> next(Duration patience) = 0;
};

}  // namespace aoekit::conform
