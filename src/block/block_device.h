// The contract of a disk: batches of operations in, batches of completions out, and honest answers about what it can do.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "block/block_op.h"

namespace aoekit::block {

// What a disk is and can do; asked once after opening (the size can change: refresh_size()).
struct DeviceInfo {
  Sectors size;
  std::uint32_t physical_sector_bytes = kSectorBytes;  // power of two, >= 512
  bool read_only = false;
  bool rotational = false;       // spinning medium, as the kernel says
  bool can_trim = false;         // trim really frees space or discards
  bool trim_reads_zero = false;  // trimmed sectors are sure to read as zeros
  bool volatile_cache = false;   // a completed cached write can be lost before a flush
  bool fua = false;              // a stable write costs about what a cached one does, and no flush of others
};

// A disk. All calls come from one thread; completions are collected there too.
//
// REQUIRES of every op: range.fits(size of the device when opened or last refreshed), data as BlockOp says, no write
// or trim to a read-only device, trim only where can_trim, at most max_in_flight() operations outstanding.
// Disks may share a completion_fd(): then operations of all of them count together against max_in_flight(), reap() of
// any returns completions of all, and a cookie names one operation among them.
// Operations in flight together may be done in any order: who needs an order waits for the completion.
// "Open" failures are Results of the factory functions; after that no call throws or blocks on the disk.
class BlockDevice {
 public:
  virtual ~BlockDevice() = default;

  virtual const DeviceInfo& info() const = 0;
  virtual std::size_t max_in_flight() const = 0;

  // Starts all operations (one system call a batch where the kernel allows).
  virtual void submit(std::span<const BlockOp> ops) = 0;

  // Stores up to out.size() completions and returns how many. Never waits.
  virtual std::size_t reap(std::span<BlockCompletion> out) = 0;

  // Readable (epoll, level-triggered) when reap() may have something again. Not for what completes within submit():
  // after each submit() call reap() until it returns less than was asked for, or has returned as many as there were
  // operations. -1: all completes within submit().
  virtual int completion_fd() const = 0;

  // Asks the medium for its present size (cheap: fstat or one ioctl) and stores it in info(). An Error whose os_error
  // status_from_errno() calls `unavailable` means that the device is gone.
  virtual Result<Sectors> refresh_size() = 0;

  // The same for a device that is gone: first tries to open it anew, if that is what its return needs. Until it succeeds
  // operations fail as `unavailable`. Of info() only the size changes. Not cheap, may block as open(2) does: once a
  // second is enough.
  virtual Result<Sectors> reopen() { return refresh_size(); }

  // "io_uring", "threads", "memory" or "null": for logs and metrics.
  virtual const char* engine() const = 0;
};

}  // namespace aoekit::block
