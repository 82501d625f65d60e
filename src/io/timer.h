// A deadline as a file descriptor (timerfd), for code that is one source of an event loop among others.
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "base/time.h"

namespace aoekit::io {

// One thread.
class Timer {
 public:
  static Result<Timer> create();

  // Readable from the deadline on until set() is called again.
  int fd() const { return fd_.get(); }
  // The deadline by monotonic_now()'s clock; nothing: never. One that is past makes the descriptor readable at once.
  // Costs nothing if it is the one already set and not reached.
  void set(std::optional<Instant> deadline);
  // To be called when fd() was readable: it is not any more, and no deadline is set.
  void clear() { set(std::nullopt); }

 private:
  explicit Timer(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  std::optional<Instant> deadline_;
};

}  // namespace aoekit::io
