// A request of the kernel while the disk works on it.
//
// Threads: begun by the reader; answered by whichever thread ends it, or by the reader when the process that waits was
// interrupted. Whoever takes the fuse_req_t out of `req` answers it.
#pragma once

#include <fuse3/fuse_lowlevel.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "base/time.h"
#include "frontend/fuse/disk_request.h"

namespace aoekit::fuse {

class ReplyPool;

struct Reply : DiskRequest {
  std::atomic<fuse_req_t> req = nullptr;
  ReplyPool* pool = nullptr;
  std::uint64_t serial = 0;  // of this use; only the reader changes it
  // A request that was cut into parts ends with the last of them. The parts have a `whole` and no `req`.
  Reply* whole = nullptr;
  std::atomic<unsigned> parts_left = 0;
  std::atomic<int> first_error = 0;
};

class ReplyPool {
 public:
  explicit ReplyPool(std::size_t ready);
  // REQUIRES that every reply is back, or that nothing will touch them any more.
  ~ReplyPool() = default;
  ReplyPool(const ReplyPool&) = delete;
  ReplyPool& operator=(const ReplyPool&) = delete;

  // The reader's. A reply for `req` (null for a part), whose done() is set; it goes back by itself.
  Reply& take(fuse_req_t req);
  // Answers what was interrupted a while ago and is still unfinished with EINTR; the disk goes on with it. Returns
  // whether there is more to look at later.
  bool answer_interrupted(Instant now);

 private:
  struct Interrupted {
    Reply* reply;
    fuse_req_t req;
    std::uint64_t serial;
    Instant since;
  };
  static void on_done(DiskRequest& request, int error);
  static void on_interrupt(fuse_req_t req, void* data);
  void give_back(Reply& reply);

  std::mutex mutex_;
  std::deque<Reply> all_;
  std::vector<Reply*> free_;
  std::uint64_t serial_ = 0;
  std::vector<Interrupted> interrupted_;
};

}  // namespace aoekit::fuse
