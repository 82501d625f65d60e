// Taking SIGINT and SIGTERM.
#include "cli/interrupt.h"

#include <array>
#include <cerrno>
#include <csignal>

namespace aoekit::cli {

Result<Interrupt> Interrupt::install() {
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) return fail_errno(errno, "cannot ignore SIGPIPE");
  static constexpr std::array<int, 2> kSignals{SIGINT, SIGTERM};
  auto signals = io::SignalSource::create(kSignals);
  if (!signals) return tl::unexpected(signals.error());
  return Interrupt(std::move(*signals));
}

bool Interrupt::arrived() {
  if (!arrived_) arrived_ = signals_.next().has_value();
  return arrived_;
}

}  // namespace aoekit::cli
