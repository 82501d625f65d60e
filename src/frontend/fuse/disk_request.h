// One thing to do on a disk, at any offset and of any length.
#pragma once

#include <cstdint>

#include "frontend/fuse/buffer_pool.h"

namespace aoekit::fuse {

class DiskQueue;

enum class DiskRequestKind : std::uint8_t {
  read,
  write,
  flush,
  zero,   // afterwards the range reads as zeros; multiples of sectors
  punch,  // the same, and only by giving the space back: EOPNOTSUPP where that does not make zeros
};

struct DiskRequest {
  DiskRequestKind kind = DiskRequestKind::read;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  // Holds the data: for a write before the start, for a read after the end. `data` is where it begins.
  Buffer buffer;
  std::uint8_t* data = nullptr;
  // Called exactly once, with 0 or a (positive) errno. The request may be used anew from then on.
  void (*done)(DiskRequest& request, int error) = nullptr;
  // What the reader does with a request that was posted to it; set by whoever posts it.
  void (*resume)(DiskRequest& request) = nullptr;

  // The queue's and the mailbox's.
  DiskQueue* queue = nullptr;
  DiskRequest* next = nullptr;
  std::uint64_t first = 0;  // the range in whole sectors
  std::uint64_t span = 0;
  Buffer around;            // the sectors that an unaligned write changes in part
  int error = 0;
  enum class Step : std::uint8_t { whole, read_around, write_around } step = Step::whole;
};

}  // namespace aoekit::fuse
