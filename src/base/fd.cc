// Closing file descriptors.
#include "base/fd.h"

#include <unistd.h>

namespace aoekit {

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);  // Linux frees the descriptor whatever close() says.
  fd_ = fd;
}

}  // namespace aoekit
