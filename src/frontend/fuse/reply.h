// A request of the kernel while the disk works on it.
//
// Answered when the disk has done it, or before that when the process that waits was interrupted. Whoever takes the
// fuse_req_t out of `req` answers it. Threads: the reader's.
#pragma once

#include <fuse3/fuse_lowlevel.h>

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/time.h"
#include "frontend/fuse/disk_request.h"
#include "frontend/fuse/reply_writer.h"
#include "frontend/fuse/request_ring.h"

namespace aoekit::fuse {

class ReplyPool;

struct Reply : DiskRequest {
  fuse_req_t req = nullptr;
  ReplyPool* pool = nullptr;
  std::uint64_t serial = 0;  // of this use
  // A request that was cut into parts ends with the last of them. The parts have a `whole` and no `req`.
  Reply* whole = nullptr;
  unsigned parts_left = 0;
  int first_error = 0;
};

class ReplyPool {
 public:
  explicit ReplyPool(std::size_t ready);
  // REQUIRES that every reply is back, or that nothing will touch them any more.
  ~ReplyPool() = default;
  ReplyPool(const ReplyPool&) = delete;
  ReplyPool& operator=(const ReplyPool&) = delete;

  // A reply for `req` (null for a part), whose done() is set; it goes back by itself.
  Reply& take(fuse_req_t req);
  // Between these, answers with data may be kept back, to leave together. Answers by the ring leave at the end only.
  void begin_answers() { writer_.begin(); }
  void send_answers();
  // libfuse's way to write to the kernel: an answer goes back the way on which its request came.
  ssize_t write(int fd, std::span<const iovec> parts);
  // Requests come by this, too; null: by /dev/fuse only. It outlives this, or its place is taken by null.
  void use(RequestRing* ring) { ring_ = ring; }

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
  void answer(fuse_req_t req, const Reply& reply, int error);
  void give_back(Reply& reply);

  ReplyWriter writer_;
  RequestRing* ring_ = nullptr;
  std::vector<Reply*> kept_;  // answered, and their answers kept back
  std::deque<Reply> all_;
  std::vector<Reply*> free_;
  std::uint64_t serial_ = 0;
  std::vector<Interrupted> interrupted_;
};

}  // namespace aoekit::fuse
