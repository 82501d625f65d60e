// The kernel offers FUSE over io_uring in its first request, FUSE_INIT, and the answer accepts. libfuse 3.14 neither
// sees the one nor says the other, so both are done on the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace aoekit::fuse {

// Whether a request is FUSE_INIT with the offer.
bool offers_ring(std::span<const std::uint8_t> request);

struct RingLimits {
  std::size_t payload_bytes;  // of a request
  unsigned background_max;    // requests at a time for which no process waits
};
// Accepts in `answer`, a fuse_init_out. False: it has no room for that, or asks for larger requests; it is as it was.
bool accept_ring(std::span<std::uint8_t> answer, const RingLimits& limits);

}  // namespace aoekit::fuse
