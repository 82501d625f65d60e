// The system calls behind reads, writes, flushes and trims. Functions return an errno, or 0, or kPastEnd.
#include "backend/blocking_io.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/check.h"

namespace aoekit::backend {
namespace {

// The medium ends before the operation does; the errno that means it.
constexpr int kPastEnd = EFBIG;
// Direct I/O that is not aligned goes through a buffer of this size, piece by piece.
constexpr std::size_t kBlocksBytes = 64 * 1024;

constexpr std::uint64_t round_down(std::uint64_t value, std::uint64_t unit) { return value / unit * unit; }
constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return round_down(value + unit - 1, unit); }

constexpr bool is_worth_repeating(int error) { return error == EINTR || error == EAGAIN; }

// A thread's buffer for the blocks around sectors. Of the thread, so that it is as many as work at once, and not as many
// as there are disks.
MutableBytes blocks_buffer() {
  struct Free {
    void operator()(std::uint8_t* memory) const { std::free(memory); }
  };
  thread_local std::unique_ptr<std::uint8_t, Free> memory;
  if (!memory) memory.reset(static_cast<std::uint8_t*>(std::aligned_alloc(kBlocksBytes, kBlocksBytes)));
  AOEKIT_CHECK(memory != nullptr);
  return {memory.get(), kBlocksBytes};
}

// Repeats a system call that gives 0 or -1 while it was only interrupted; returns its errno or 0.
template <class Call>
int repeated(Call call) {
  while (call() != 0) {
    if (!is_worth_repeating(errno)) return errno;
  }
  return 0;
}

}  // namespace

block::BlockStatus BlockingIo::perform(const block::BlockOp& op) {
  switch (op.kind) {
    case block::OpKind::read:
    case block::OpKind::write: return status_of(op, transfer(op));
    case block::OpKind::flush: return status_of(op, flush());
    case block::OpKind::trim: return status_of(op, trim(op.range));
  }
  return block::BlockStatus::unsupported;
}

block::BlockStatus BlockingIo::status_of(const block::BlockOp& op, int os_error) const {
  std::uint64_t bytes = 0;
  // Behind the end of a device that has shrunk a write fails with ENOSPC, just as on a thin volume that is full.
  if (os_error == ENOSPC && file_.medium == Medium::block_device &&
      ioctl(file_.fd.get(), BLKGETSIZE64, &bytes) == 0 && file_.byte_offset(Lba{op.range.end()}) > bytes) {
    return block::BlockStatus::out_of_range;
  }
  return block::status_from_errno(os_error);
}

bool BlockingIo::is_aligned(const block::BlockOp& op) const {
  return file_.keeps_to(file_.direct, op);
}

std::optional<int> BlockingIo::write_flags(block::Durability durability) const {
  // A descriptor with O_DSYNC has it done already.
  if (durability == block::Durability::cached || file_.options.sync == Sync::every_write) return 0;
  if (dsync_refused_.load(std::memory_order_relaxed)) return std::nullopt;
  return RWF_DSYNC;
}

int BlockingIo::transfer(const block::BlockOp& op) {
  if (!is_aligned(op)) return transfer_in_blocks(op);
  const std::uint64_t offset = file_.byte_offset(op.range.first);
  return op.kind == block::OpKind::read ? read_all(op.data, offset) : write_all(op.data, offset, op.durability);
}

int BlockingIo::read_all(MutableBytes data, std::uint64_t offset) const {
  while (!data.empty()) {
    const ssize_t count = pread(file_.fd.get(), data.data(), data.size(), static_cast<off_t>(offset));
    if (count < 0 && is_worth_repeating(errno)) continue;
    if (count < 0) return errno;
    if (count == 0) return kPastEnd;
    data = data.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return 0;
}

int BlockingIo::write_all(ByteView data, std::uint64_t offset, block::Durability durability) {
  if (const std::optional<int> flags = write_flags(durability)) {
    const int error = write_pieces(data, offset, *flags);
    // Old kernels and some file systems do not know the flag.
    const bool refused = *flags != 0 && (error == EOPNOTSUPP || error == EINVAL);
    if (!refused) return error;
  }
  if (const int error = write_pieces(data, offset, 0); error != 0) return error;
  dsync_refused_.store(true, std::memory_order_relaxed);  // it was the flag: without it the write is good
  return flush();
}

int BlockingIo::write_pieces(ByteView data, std::uint64_t offset, int flags) const {
  while (!data.empty()) {
    const iovec piece{.iov_base = const_cast<std::uint8_t*>(data.data()), .iov_len = data.size()};
    const ssize_t count = pwritev2(file_.fd.get(), &piece, 1, static_cast<off_t>(offset), flags);
    if (count < 0 && is_worth_repeating(errno)) continue;
    if (count < 0) return errno;
    if (count == 0) return EIO;
    data = data.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return 0;
}

// The blocks around the sectors are read, changed and written back. Two of these at once could each put the other's
// old sectors back, hence the mutex. An aligned write cannot be caught in between: it covers its blocks, so it would
// overlap this operation, and who wants an order of overlapping operations waits.
int BlockingIo::transfer_in_blocks(const block::BlockOp& op) {
  const std::lock_guard lock(blocks_mutex_);
  const std::uint64_t unit = file_.direct.offset;
  AOEKIT_CHECK(unit <= kBlocksBytes && file_.direct.memory <= kBlocksBytes);
  std::uint64_t offset = file_.byte_offset(op.range.first);
  for (MutableBytes rest = op.data; !rest.empty();) {
    const std::uint64_t begin = round_down(offset, unit);
    const std::uint64_t end = round_up(std::min(offset + rest.size(), begin + kBlocksBytes), unit);
    const MutableBytes blocks = blocks_buffer().first(static_cast<std::size_t>(end - begin));
    const MutableBytes inside = blocks.subspan(static_cast<std::size_t>(offset - begin));
    const MutableBytes part = rest.first(std::min(rest.size(), inside.size()));
    if (const int error = read_all(blocks, begin); error != 0) return error;
    if (op.kind == block::OpKind::read) {
      std::copy_n(inside.begin(), part.size(), part.begin());
    } else {
      std::ranges::copy(part, inside.begin());
      if (const int error = write_all(blocks, begin, op.durability); error != 0) return error;
    }
    rest = rest.subspan(part.size());
    offset += part.size();
  }
  return 0;
}

int BlockingIo::flush() const {
  return repeated([&] { return fdatasync(file_.fd.get()); });
}

// Both calls also take the range out of the page cache, so that no reader sees what was there.
int BlockingIo::trim(SectorRange range) const {
  std::uint64_t begin = file_.byte_offset(range.first);
  std::uint64_t end = begin + range.count.bytes();
  if (file_.medium == Medium::block_device) {
    begin = round_up(begin, file_.logical_block);
    end = round_down(end, file_.logical_block);
  }
  if (begin >= end) return 0;
  if (file_.medium == Medium::block_device) {
    const std::uint64_t area[2] = {begin, end - begin};
    return repeated([&] { return ioctl(file_.fd.get(), BLKDISCARD, area); });
  }
  return repeated([&] {
    return fallocate(file_.fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(begin),
                     static_cast<off_t>(end - begin));
  });
}

}  // namespace aoekit::backend
