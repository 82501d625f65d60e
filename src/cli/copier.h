// Moving everything from one end of a copy to the other, many chunks at a time, and comparing them afterwards.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/result.h"
#include "base/time.h"
#include "cli/copy_endpoint.h"
#include "cli/interrupt.h"

namespace aoekit::cli {

struct CopyJob {
  CopyEndpoint& source;
  CopyEndpoint& destination;
  std::uint64_t from = 0;   // a multiple of the sector
  std::uint64_t bytes = 0;  // where it ends
  Interrupt* interrupt = nullptr;
  // Tells how far everything is done, without a gap.
  std::function<void(std::uint64_t done)> progress{};
  // Called now and then, and at the end of an interrupted or failed copy: so far, everything is on stable storage.
  std::function<Status(std::uint64_t durable)> checkpoint{};
  Duration checkpoint_every = std::chrono::seconds(5);
};

struct CopyResult {
  std::uint64_t done = 0;           // without a gap
  std::uint64_t bytes_written = 0;  // data, of those after `from`
  std::uint64_t bytes_zero = 0;     // zeros, skipped or trimmed or written
  std::optional<Error> error;
};

// Copies and flushes. When it fails the destination is flushed as far as that can be had within a few seconds.
CopyResult copy_all(const CopyJob& job);

// Reads both ends from `from` on and compares; the error names the first byte that differs.
Status compare_all(const CopyJob& job);

// One step, waited for.
Status do_step(CopyEndpoint& endpoint, const CopyStep& step, Interrupt* interrupt);

}  // namespace aoekit::cli
