// Places for requests that come by io_uring: memory that the kernel fills in, and which answer belongs to which.
//
//     | RingHeaders ... a copy of the request's head | payload: names and data, then the answer's body |
//     |<----------------- a page ------------------->|<---------------- payload_bytes ---------------->|
//
// The copied head ends where the payload begins, so that libfuse finds the request in one piece.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "frontend/fuse/uring_abi.h"

namespace aoekit::fuse {

struct RingSlot {
  std::uint16_t queue = 0;
  RingHeaders* headers = nullptr;
  std::uint8_t* payload = nullptr;
  std::array<iovec, 2> memory{};  // as the kernel is told it
  std::uint64_t commit_id = 0;    // of the last request here; 0: there was none
  std::uint64_t unique = 0;       // the same, as answers name it
  RingSlot* next = nullptr;       // in a list of RingSlots
};

// One thread.
class RingSlots {
 public:
  // How many of a queue, of which the kernel has one for each CPU, are right when `bytes_max` may be used. 0: none,
  // because few are worse than none.
  static unsigned depth(unsigned queues, std::size_t payload_bytes, std::size_t bytes_max);

  // Allocates and touches all of it. payload_bytes is a multiple of the page's.
  static Result<std::unique_ptr<RingSlots>> create(unsigned queues, unsigned depth, std::size_t payload_bytes);
  RingSlots(const RingSlots&) = delete;
  RingSlots& operator=(const RingSlots&) = delete;

  std::span<RingSlot> all() { return slots_; }

  // The request that the kernel has put there, which now waits for its answer. Empty: it makes no sense.
  std::span<std::uint8_t> take(RingSlot& slot);
  // The slot whose request this answers; the answer is in it now, and the memory of `parts` is free. Null: it answers
  // none of them. The first part is the fuse_out_header.
  RingSlot* answer(std::span<const iovec> parts);

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const;
  };
  RingSlots(unsigned queues, unsigned depth, std::size_t payload_bytes);
  RingSlot*& list_of(std::uint64_t unique);

  const std::size_t payload_bytes_;
  std::unique_ptr<std::uint8_t, Free> memory_;
  std::vector<RingSlot> slots_;
  std::vector<RingSlot*> waiting_;  // for their answers, by `unique`; lists
};

// How many CPUs are in a list like "0-3,8", as of /sys/devices/system/cpu/possible; 0: it is none.
unsigned cpus_in(std::string_view list);

}  // namespace aoekit::fuse
