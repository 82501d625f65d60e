// What the kernel says of block devices: they appear, change and vanish (NETLINK_KOBJECT_UEVENT).
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace aoekit::backend {

struct BlockUevent {
  enum class Action : std::uint8_t { add, change, remove } action = Action::change;
  dev_t device = 0;
};

// One message of the kernel: "change@/devices/...", a NUL, then KEY=VALUE strings that end with NULs. Nothing when it is
// not about a block device, an action of no interest, or malformed.
std::optional<BlockUevent> parse_uevent(ByteView message);

// One thread; needs no privilege. Hears nothing in a container with a user namespace of its own: nobody tells it.
class UeventSocket {
 public:
  static Result<UeventSocket> open();

  // Readable while next() has something to look at.
  int fd() const { return fd_.get(); }

  enum class Outcome : std::uint8_t { event, nothing, lost };  // lost: the kernel had to drop some
  struct Next {
    Outcome outcome = Outcome::nothing;
    BlockUevent event;
  };
  // Never waits.
  Next next();

 private:
  explicit UeventSocket(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  std::array<std::uint8_t, 8192> message_{};  // the kernel's own limit is 2 KiB of variables, and a path
};

}  // namespace aoekit::backend
