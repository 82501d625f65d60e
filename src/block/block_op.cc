// Names and errno values of block outcomes.
#include "block/block_op.h"

#include <cerrno>

namespace aoekit::block {

BlockStatus status_from_errno(int os_error) {
  switch (os_error) {
    case 0: return BlockStatus::ok;
    case ENOSPC:
    case EDQUOT: return BlockStatus::no_space;
    case EROFS:
    case EPERM:
    case EACCES:
    case EBADF: return BlockStatus::read_only;
    case EFBIG: return BlockStatus::out_of_range;
    case ENODEV:
    case ENXIO:
    case ENOMEDIUM:
    case ESTALE: return BlockStatus::unavailable;
    case EOPNOTSUPP:
    case ENOSYS:
    case ENOTTY: return BlockStatus::unsupported;
    default: return BlockStatus::medium_error;
  }
}

const char* to_string(BlockStatus status) {
  switch (status) {
    case BlockStatus::ok: return "ok";
    case BlockStatus::medium_error: return "medium error";
    case BlockStatus::no_space: return "no space";
    case BlockStatus::read_only: return "read-only";
    case BlockStatus::out_of_range: return "out of range";
    case BlockStatus::unavailable: return "unavailable";
    case BlockStatus::unsupported: return "unsupported";
  }
  return "?";
}

const char* to_string(OpKind kind) {
  switch (kind) {
    case OpKind::read: return "read";
    case OpKind::write: return "write";
    case OpKind::flush: return "flush";
    case OpKind::trim: return "trim";
  }
  return "?";
}

}  // namespace aoekit::block
