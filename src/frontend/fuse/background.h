// Becoming a daemon only after everything worked, so that whoever starts the program sees its errors and its status.
#pragma once

#include <string_view>

#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"

namespace aoekit::fuse {

// The starting process waits in begin(); the daemon returns from it and works on.
class Background {
 public:
  // Forks. In the process that was started it does not return: it leaves with 0 when the daemon calls ready(), else with
  // the daemon's status. Before any thread is started.
  static Result<Background> begin();
  // The daemon lets go of the terminal; messages go to syslog from now on.
  Status ready();

 private:
  explicit Background(Fd pipe) : pipe_(std::move(pipe)) {}
  Fd pipe_;
};

// Where people look: standard error, or syslog after Background::ready().
void announce(LogLevel level, std::string_view message);

}  // namespace aoekit::fuse
