// signalfd.
#include "io/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "base/check.h"

namespace aoekit::io {

Result<SignalSource> SignalSource::create(std::span<const int> signals) {
  sigset_t set;
  AOEKIT_CHECK(::sigemptyset(&set) == 0);
  for (const int signal : signals) {
    if (::sigaddset(&set, signal) != 0) return fail_errno(errno, "cannot wait for signal {}", signal);
  }
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return fail_errno(errno, "cannot create a signal file descriptor");
  const int blocked = ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (blocked != 0) return fail_errno(blocked, "cannot block signals");
  return SignalSource(std::move(fd));
}

std::optional<int> SignalSource::next() {
  signalfd_siginfo info{};
  ssize_t got = 0;
  do {
    got = ::read(fd_.get(), &info, sizeof info);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    AOEKIT_CHECK(errno == EAGAIN);
    return std::nullopt;
  }
  AOEKIT_CHECK(got == sizeof info);  // the kernel hands out whole records only
  return static_cast<int>(info.ssi_signo);
}

AllSignalsBlocked::AllSignalsBlocked() {
  sigset_t all;
  AOEKIT_CHECK(::sigfillset(&all) == 0);
  AOEKIT_CHECK(::pthread_sigmask(SIG_SETMASK, &all, &before_) == 0);
}

AllSignalsBlocked::~AllSignalsBlocked() { AOEKIT_CHECK(::pthread_sigmask(SIG_SETMASK, &before_, nullptr) == 0); }

}  // namespace aoekit::io
