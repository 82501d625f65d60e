// Reads and writes that need not wait for a disk, done at once by the calling thread: what lies in the page cache.
#pragma once

#include <optional>

#include "backend/opened_file.h"
#include "block/block_op.h"

namespace aoekit::backend {

// Why: the kernel hands such operations of many file systems from io_uring to its worker threads (all of tmpfs, writes
// of ext4), and two context switches cost several times what copying a few kilobytes does.
class QuickIo {
 public:
  // `file` is borrowed and outlives this. With O_DIRECT nothing is quick.
  explicit QuickIo(const OpenedFile& file);

  // Whether `op` has been done, as a whole and well. If not, nothing is lost by doing it another way: it would have to
  // wait, it failed, or it is none of ours (flushes, trims, writes that must be stable).
  bool try_now(const block::BlockOp& op);

 private:
  bool try_read(const block::BlockOp& op);
  bool try_write(const block::BlockOp& op);

  const OpenedFile& file_;
  int flags_;  // RWF_NOWAIT, or 0 on a file system that lives in memory and has nothing to wait for
  bool reads_;
  bool writes_;
};

}  // namespace aoekit::backend
