// Finished operations that wait for reap().
#pragma once

#include <cstddef>
#include <span>

#include "block/block_op.h"
#include "io/bounded_queue.h"

namespace aoekit::backend {

// A device has at most max_in_flight() operations out: a queue of that capacity never runs full.
using CompletionQueue = io::BoundedQueue<block::BlockCompletion>;

// Moves the oldest completions to `out`, as many as there are and fit, and returns how many.
inline std::size_t drain(CompletionQueue& queue, std::span<block::BlockCompletion> out) {
  std::size_t count = 0;
  while (count < out.size() && !queue.empty()) out[count++] = queue.pop();
  return count;
}

}  // namespace aoekit::backend
