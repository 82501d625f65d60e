// What users do with one disk, brought into the shape that the library wants: whole sectors, and not more at a time than
// it takes.
//
// Threads: the reader's. Requests end within Clients::work(); what may not be done there, because the library is at work,
// comes back through the mailbox: the second half of an unaligned write.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "frontend/fuse/buffer_pool.h"
#include "frontend/fuse/disk_request.h"
#include "frontend/fuse/mailbox.h"
#include "lib/aoekit.h"

namespace aoekit::fuse {

class DiskQueue {
 public:
  DiskQueue(BufferPool& buffers, Mailbox& mailbox);
  ~DiskQueue();
  DiskQueue(const DiskQueue&) = delete;
  DiskQueue& operator=(const DiskQueue&) = delete;

  struct Opening {
    aoe_client* client;
    std::uint16_t shelf;
    std::uint8_t slot;
    std::uint32_t flags;  // AOE_OPEN_...
  };
  // One user more; the first opens the disk, without waiting. Returns 0 or a (positive) errno; aoe_error() says more.
  int acquire(const Opening& opening);
  // One user less. After the last one, what was written and not flushed is flushed, and the disk is closed when nothing
  // is unfinished. Until then call tidy() after each wake-up.
  void release();
  void tidy();
  unsigned users() const { return users_; }
  bool is_open() const { return disk_ != nullptr; }
  // Who opened it; null when it is not open.
  const aoe_client* client() const { return disk_ == nullptr ? nullptr : aoe_disk_client(disk_); }
  // Nothing when it is not open.
  std::optional<aoe_disk_status> status() const;
  // 0 when it is not open.
  std::uint64_t size() const { return disk_ == nullptr ? 0 : aoe_disk_size(disk_); }

  // Whether DiskRequestKind::punch can be done. REQUIRES a user.
  bool trim_makes_zeros() const;

  // REQUIRES a user; the range lies on the disk. For writes request.data is set; for reads request.buffer is empty.
  void start(DiskRequest& request);
  // Tries again what the library had no room for, and what found no memory. Call it after each wake-up, and while
  // starving() every few milliseconds, because nobody tells when memory comes back.
  void retry();
  bool starving() const { return !starved_.empty(); }

  // Ends everything: waits for what is unfinished, flushes, closes. An Error: what was written last may be lost.
  Status drain();

 private:
  struct Range {
    std::uint64_t first, span;
  };
  static void on_done(void* user, std::int64_t cookie, int error, const char* text);
  static void on_around_read(DiskRequest& request);

  bool must_wait(const DiskRequest& request) const;
  void begin(DiskRequest& request);
  void begin_around(DiskRequest& request);
  void finish_around(DiskRequest& request);
  void end_around(const DiskRequest& request);
  bool issue(DiskRequest& request);
  std::int64_t hand_over(DiskRequest& request);
  void end(DiskRequest& request, int error);

  BufferPool& buffers_;
  Mailbox& mailbox_;
  aoe_disk* disk_ = nullptr;
  unsigned users_ = 0;
  unsigned unfinished_ = 0;
  bool closing_ = false;
  bool dirty_ = false;  // written to since the last flush was started
  // Ranges between the read and the write of an unaligned write, and what must come after them.
  std::vector<Range> around_;
  std::vector<DiskRequest*> held_;
  // What the library had no room for, oldest first.
  std::vector<DiskRequest*> deferred_;
  std::vector<DiskRequest*> starved_;  // found no memory
  DiskRequest last_flush_;
};

}  // namespace aoekit::fuse
