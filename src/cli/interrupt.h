// Ctrl-C and SIGTERM as something a waiting tool notices, so that it can say how far it got.
#pragma once

#include <optional>
#include <utility>

#include "base/result.h"
#include "io/signals.h"

namespace aoekit::cli {

class Interrupt {
 public:
  // From now on SIGINT and SIGTERM do not end the process by themselves. SIGPIPE is ignored: writes report it.
  static Result<Interrupt> install();

  // Readable once a signal arrived.
  int fd() const { return signals_.fd(); }
  // Whether one has arrived, now or before.
  bool arrived();

 private:
  explicit Interrupt(io::SignalSource signals) : signals_(std::move(signals)) {}
  io::SignalSource signals_;
  bool arrived_ = false;
};

}  // namespace aoekit::cli
