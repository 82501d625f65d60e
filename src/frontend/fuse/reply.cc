// How requests are answered.
#include "frontend/fuse/reply.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace aoekit::fuse {
namespace {

// A disk that answers does so sooner; one that does not must not hold a process that was told to end.
constexpr Duration kPatience = std::chrono::seconds(1);

Instant monotonic_now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

}  // namespace

ReplyPool::ReplyPool(std::size_t ready) : all_(ready) {
  free_.reserve(ready);
  kept_.reserve(ReplyWriter::kAnswersMax);
  for (Reply& reply : all_) free_.push_back(&reply);
}

Reply& ReplyPool::take(fuse_req_t req) {
  Reply* reply = nullptr;
  if (free_.empty()) {
    reply = &all_.emplace_back();
    free_.reserve(all_.size());
  } else {
    reply = free_.back();
    free_.pop_back();
  }
  reply->pool = this;
  reply->done = on_done;
  reply->whole = nullptr;
  reply->serial = ++serial_;
  reply->first_error = 0;
  reply->parts_left = 0;
  reply->req = req;
  if (req != nullptr) fuse_req_interrupt_func(req, on_interrupt, reply);
  return *reply;
}

void ReplyPool::answer(fuse_req_t req, const Reply& reply, int error) {
  // What sending gives back does not matter: then the process that asked is gone.
  if (error != 0) {
    fuse_reply_err(req, error);
    return;
  }
  switch (reply.kind) {
    case DiskRequestKind::read:
      writer_.promise_memory();
      fuse_reply_buf(req, reinterpret_cast<const char*>(reply.data), static_cast<std::size_t>(reply.bytes));
      return;
    case DiskRequestKind::write: fuse_reply_write(req, static_cast<std::size_t>(reply.bytes)); return;
    case DiskRequestKind::flush:
    case DiskRequestKind::zero:
    case DiskRequestKind::punch: fuse_reply_err(req, 0); return;
  }
}

void ReplyPool::give_back(Reply& reply) {
  reply.buffer = Buffer();
  free_.push_back(&reply);
}

void ReplyPool::on_done(DiskRequest& request, int error) {
  auto& reply = static_cast<Reply&>(request);
  if (Reply* whole = reply.whole) {
    if (whole->first_error == 0) whole->first_error = error;
    reply.pool->give_back(reply);
    if (--whole->parts_left == 0) on_done(*whole, whole->first_error);
    return;
  }
  ReplyPool& pool = *reply.pool;
  if (const fuse_req_t req = std::exchange(reply.req, nullptr)) {
    pool.answer(req, reply, error);
    if (error == 0 && reply.kind == DiskRequestKind::read && pool.writer_.was_kept()) {
      pool.kept_.push_back(&reply);
      return;
    }
  }
  pool.give_back(reply);
}

ssize_t ReplyPool::write(int fd, std::span<const iovec> parts) {
  if (ring_ == nullptr || !ring_->answer(parts)) return writer_.write(fd, parts);
  writer_.end_promise();
  return bytes_in(parts);
}

void ReplyPool::send_answers() {
  writer_.flush();
  if (ring_ != nullptr) ring_->send();
  for (Reply* reply : kept_) give_back(*reply);
  kept_.clear();
}

// Within fuse_session_process_buf() or take().
void ReplyPool::on_interrupt(fuse_req_t req, void* data) {
  auto& reply = *static_cast<Reply*>(data);
  if (reply.req != req) return;
  reply.pool->interrupted_.push_back({&reply, req, reply.serial, monotonic_now()});
}

bool ReplyPool::answer_interrupted(Instant now) {
  const auto over = [&](const Interrupted& entry) {
    if (entry.reply->serial != entry.serial) return true;  // another use of the same memory
    if (entry.reply->req != entry.req) return true;
    if (now < entry.since + kPatience) return false;
    entry.reply->req = nullptr;
    fuse_reply_err(entry.req, EINTR);
    return true;
  };
  interrupted_.erase(std::remove_if(interrupted_.begin(), interrupted_.end(), over), interrupted_.end());
  return !interrupted_.empty();
}

}  // namespace aoekit::fuse
