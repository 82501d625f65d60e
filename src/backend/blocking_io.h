// Operations on an open file, done to the end by the calling thread: the behaviour that both engines share.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "backend/opened_file.h"
#include "block/block_op.h"

namespace aoekit::backend {

// All calls may come from any number of threads at once.
class BlockingIo {
 public:
  // `file` is borrowed and outlives this.
  explicit BlockingIo(const OpenedFile& file) : file_(file) {}

  // Does `op`, however long it takes: short transfers go on, interrupted calls are repeated.
  block::BlockStatus perform(const block::BlockOp& op);

  // What an operation that failed with `os_error` comes to.
  block::BlockStatus status_of(const block::BlockOp& op, int os_error) const;

  // Whether O_DIRECT takes this read or write as it is; without O_DIRECT always.
  bool is_aligned(const block::BlockOp& op) const;

  // The flags with which pwritev2 or io_uring do this write as durable as it must be. Nothing when the kernel has
  // refused RWF_DSYNC here before: then perform() writes and syncs.
  std::optional<int> write_flags(block::Durability durability) const;

 private:
  int transfer(const block::BlockOp& op);
  int read_all(MutableBytes data, std::uint64_t offset) const;
  int write_all(ByteView data, std::uint64_t offset, block::Durability durability);
  int write_pieces(ByteView data, std::uint64_t offset, int flags) const;
  int transfer_in_blocks(const block::BlockOp& op);
  int flush() const;
  int trim(SectorRange range) const;

  const OpenedFile& file_;
  std::atomic<bool> dsync_refused_ = false;
  std::mutex blocks_mutex_;  // one read-modify-write at a time
};

}  // namespace aoekit::backend
