// preadv2 and pwritev2 with RWF_NOWAIT, until the kernel says that it cannot do that here.
#include "backend/quick_io.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "backend/probe.h"

namespace aoekit::backend {
namespace {

// Whether the kernel has said that it will never do this without waiting (as against: not now).
bool never(int os_error) { return os_error == EOPNOTSUPP || os_error == EINVAL || os_error == ENOSYS; }

// Of one system call; a longer run takes several.
constexpr std::size_t kRunMax = 16;

bool continues(const block::BlockOp& first, const block::BlockOp& next) {
  return next.kind == first.kind && next.range.first.value == first.range.end();
}

}  // namespace

QuickIo::QuickIo(const OpenedFile& file, LentPages& pages)
    : file_(file),
      flags_(file.medium == Medium::regular_file && lives_in_memory(file.fd.get()) ? 0 : RWF_NOWAIT),
      reads_(file.options.caching != Caching::direct),
      writes_(reads_ && file.options.sync == Sync::on_flush),
      pages_(pages) {}

bool QuickIo::is_ours(const block::BlockOp& op) const {
  switch (op.kind) {
    case block::OpKind::read: return reads_;
    case block::OpKind::write:
      return writes_ && op.durability == block::Durability::cached && !file_.goes_past_cache(op);
    case block::OpKind::flush:
    case block::OpKind::trim: break;
  }
  return false;
}

QuickIo::Attempt QuickIo::try_now(std::span<const block::BlockOp> ops) {
  if (!is_ours(ops[0])) return {};
  if (ops[0].may_lend) {
    if (const ByteView lent = pages_.at(ops[0].range); !lent.empty()) return {.ops = 1, .done = true, .lent = lent};
  }
  std::size_t count = 1;
  while (count < std::min(ops.size(), kRunMax) && continues(ops[count - 1], ops[count]) && is_ours(ops[count])) ++count;
  return {count, transfer(ops.first(count))};
}

bool QuickIo::transfer(std::span<const block::BlockOp> run) {
  std::array<iovec, kRunMax> parts;
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < run.size(); ++i) {
    // pwritev2 takes pointers to what it does not change.
    const ByteView from = run[i].source();
    parts[i] = {const_cast<std::uint8_t*>(from.data()), from.size()};
    wanted += from.size();
  }
  const auto offset = static_cast<off_t>(file_.byte_offset(run[0].range.first));
  const auto count = static_cast<int>(run.size());
  const bool is_read = run[0].kind == block::OpKind::read;
  const int fd = file_.fd.get();
  ssize_t bytes = 0;
  if (count == 1 && flags_ == 0) {  // for which the kernel need not look at a list of parts
    bytes = is_read ? ::pread(fd, parts[0].iov_base, wanted, offset) : ::pwrite(fd, parts[0].iov_base, wanted, offset);
  } else {
    bytes = is_read ? ::preadv2(fd, parts.data(), count, offset, flags_)
                    : ::pwritev2(fd, parts.data(), count, offset, flags_);
  }
  if (bytes < 0 && never(errno)) (is_read ? reads_ : writes_) = false;
  // A part that was written will be written again, with the same data.
  return bytes >= 0 && static_cast<std::size_t>(bytes) == wanted;
}

}  // namespace aoekit::backend
