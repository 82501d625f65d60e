// preadv2 and pwritev2 with RWF_NOWAIT, until the kernel says that it cannot do that here.
#include "backend/quick_io.h"

#include <linux/magic.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include <cerrno>

namespace aoekit::backend {
namespace {

bool lives_in_memory(int fd) {
  struct statfs info {};
  if (::fstatfs(fd, &info) != 0) return false;
  const auto type = static_cast<unsigned long>(info.f_type);
  return type == TMPFS_MAGIC || type == RAMFS_MAGIC;
}

// Whether the kernel has said that it will never do this without waiting (as against: not now).
bool never(int os_error) { return os_error == EOPNOTSUPP || os_error == EINVAL || os_error == ENOSYS; }

}  // namespace

QuickIo::QuickIo(const OpenedFile& file)
    : file_(file),
      flags_(file.medium == Medium::regular_file && lives_in_memory(file.fd.get()) ? 0 : RWF_NOWAIT),
      reads_(file.caching == Caching::buffered),
      writes_(reads_ && file.sync == Sync::on_flush) {}

bool QuickIo::try_now(const block::BlockOp& op) {
  switch (op.kind) {
    case block::OpKind::read: return reads_ && try_read(op);
    case block::OpKind::write: return writes_ && op.durability == block::Durability::cached && try_write(op);
    case block::OpKind::flush:
    case block::OpKind::trim: break;
  }
  return false;
}

bool QuickIo::try_read(const block::BlockOp& op) {
  const iovec part{op.data.data(), op.data.size()};
  const auto offset = static_cast<off_t>(file_.byte_offset(op.range.first));
  const ssize_t count = ::preadv2(file_.fd.get(), &part, 1, offset, flags_);
  if (count < 0 && never(errno)) reads_ = false;
  return count >= 0 && static_cast<std::size_t>(count) == op.data.size();
}

bool QuickIo::try_write(const block::BlockOp& op) {
  const iovec part{op.data.data(), op.data.size()};
  const auto offset = static_cast<off_t>(file_.byte_offset(op.range.first));
  const ssize_t count = ::pwritev2(file_.fd.get(), &part, 1, offset, flags_);
  if (count < 0 && never(errno)) writes_ = false;
  // A part that was written will be written again, with the same data.
  return count >= 0 && static_cast<std::size_t>(count) == op.data.size();
}

}  // namespace aoekit::backend
