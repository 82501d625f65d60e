// Reads and writes that need not wait for a disk, done at once by the calling thread: what lies in the page cache.
#pragma once

#include <cstddef>
#include <span>

#include "backend/lent_pages.h"
#include "backend/opened_file.h"
#include "block/block_op.h"

namespace aoekit::backend {

// Why: the kernel hands such operations of many file systems from io_uring to its worker threads (all of tmpfs, writes
// of ext4), and two context switches cost several times what copying a few kilobytes does.
class QuickIo {
 public:
  // `file` and its `pages` are borrowed and outlive this. With O_DIRECT nothing is quick.
  QuickIo(const OpenedFile& file, LentPages& pages);

  struct Attempt {
    std::size_t ops = 1;  // how many of those given it was about, from the first on
    bool done = false;    // all of them, as a whole and well
    ByteView lent = {};   // of one that is done: see block::BlockCompletion
  };
  // Tries the first operation together with those behind it that continue it on the disk: a burst of frames is one
  // system call. What is not done is none the worse for being done another way: it would have to wait, it failed, or it
  // is none of ours (flushes, trims, writes that must be stable). REQUIRES !ops.empty().
  Attempt try_now(std::span<const block::BlockOp> ops);

 private:
  bool is_ours(const block::BlockOp& op) const;
  bool transfer(std::span<const block::BlockOp> run);

  const OpenedFile& file_;
  int flags_;  // RWF_NOWAIT, or 0 on a file system that lives in memory and has nothing to wait for
  bool reads_;
  bool writes_;
  LentPages& pages_;
};

}  // namespace aoekit::backend
