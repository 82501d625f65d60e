// Signals as an event source: SIGTERM and its like arrive as readable bytes, never in a handler.
#pragma once

#include <signal.h>

#include <optional>
#include <span>

#include "base/fd.h"
#include "base/result.h"

namespace aoekit::io {

// Takes the given signals away from their default action for as long as the process lives.
class SignalSource {
 public:
  // Blocks `signals` in the calling thread, and so in every thread that it starts later. Call it in main before any
  // thread exists; threads that are older keep the default action, and one of them would die of the signal.
  // Programs that are exec'ed inherit the block: unblock in the child.
  static Result<SignalSource> create(std::span<const int> signals);

  // Readable (level-triggered) while next() has something.
  int fd() const { return fd_.get(); }

  // The next signal that arrived, e.g. SIGTERM, or nothing. Never waits. Equal signals may merge into one.
  std::optional<int> next();

 private:
  explicit SignalSource(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

// While it lives every signal is blocked in the calling thread: threads inherit the mask of who starts them, and with
// everything blocked there, signals stay with the main thread.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked();
  ~AllSignalsBlocked();
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace aoekit::io
