// eventfd.
#include "io/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/check.h"

namespace aoekit::io {

Result<Wakeup> Wakeup::create() {
  Fd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd.valid()) return fail_errno(errno, "cannot create an event file descriptor");
  return Wakeup(std::move(fd));
}

void Wakeup::light() const {
  const std::uint64_t one = 1;
  // EAGAIN would need 2^64 - 2 unread lights; EINTR does not happen on a non-blocking eventfd.
  AOEKIT_CHECK(::write(fd_.get(), &one, sizeof one) == sizeof one);
}

void Wakeup::put_out() const {
  std::uint64_t count = 0;
  const ssize_t got = ::read(fd_.get(), &count, sizeof count);
  AOEKIT_CHECK(got == sizeof count || (got < 0 && errno == EAGAIN));
}

}  // namespace aoekit::io
