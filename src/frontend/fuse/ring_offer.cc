// fuse_init_in and fuse_init_out are copied out and in, because nothing aligns them.
#include "frontend/fuse/ring_offer.h"

#include <linux/fuse.h>

#include <algorithm>
#include <cstring>

#include "frontend/fuse/uring_abi.h"

namespace aoekit::fuse {
namespace {

constexpr std::size_t kPageBytes = 4096;

}  // namespace

bool offers_ring(std::span<const std::uint8_t> request) {
  fuse_in_header head{};
  fuse_init_in init{};
  if (request.size() < sizeof head + sizeof init) return false;
  std::memcpy(&head, request.data(), sizeof head);
  if (head.opcode != FUSE_INIT) return false;
  std::memcpy(&init, request.data() + sizeof head, sizeof init);
  return (init.flags & FUSE_INIT_EXT) != 0 && (init.flags2 & kFlags2OverIoUring) != 0;
}

bool accept_ring(std::span<std::uint8_t> answer, const RingLimits& limits) {
  fuse_init_out init{};
  if (answer.size() != sizeof init) return false;
  std::memcpy(&init, answer.data(), sizeof init);
  if (std::max<std::size_t>(init.max_write, init.max_pages * kPageBytes) > limits.payload_bytes) return false;
  // flags2 is not looked at without this.
  if ((init.flags & FUSE_INIT_EXT) == 0) init.flags2 = 0;
  init.flags |= FUSE_INIT_EXT;
  init.flags2 |= kFlags2OverIoUring;
  init.max_background = static_cast<std::uint16_t>(std::min<unsigned>(init.max_background, limits.background_max));
  init.congestion_threshold = std::min(init.congestion_threshold, init.max_background);
  std::memcpy(answer.data(), &init, sizeof init);
  return true;
}

}  // namespace aoekit::fuse
