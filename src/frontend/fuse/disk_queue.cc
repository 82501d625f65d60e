// An unaligned write reads the sectors around it, changes them and writes them. In between, nothing else that changes
// these sectors may start; after the write was handed over, the library itself keeps what overlaps in order.
#include "frontend/fuse/disk_queue.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace aoekit::fuse {
namespace {

constexpr std::uint64_t kMask = AOE_SECTOR_BYTES - 1;

bool is_change(const DiskRequest& request) {
  return request.kind != DiskRequestKind::read && request.kind != DiskRequestKind::flush;
}

bool is_aligned(const DiskRequest& request) { return ((request.offset | request.bytes) & kMask) == 0; }

bool overlap(std::uint64_t first, std::uint64_t span, std::uint64_t other_first, std::uint64_t other_span) {
  return first < other_first + other_span && other_first < first + span;
}

}  // namespace

DiskQueue::DiskQueue(BufferPool& buffers, Mailbox& mailbox) : buffers_(buffers), mailbox_(mailbox) {
  constexpr std::size_t kAmple = 256;
  for (auto* list : {&held_, &deferred_, &starved_}) list->reserve(kAmple);
}

DiskQueue::~DiskQueue() { AOEKIT_CHECK(disk_ == nullptr); }

int DiskQueue::acquire(const Opening& opening) {
  if (disk_ == nullptr) {
    const int error = aoe_disk_open(opening.client, opening.shelf, opening.slot, opening.flags, 0, &disk_);
    if (error < 0) {
      disk_ = nullptr;
      return -error;
    }
  }
  closing_ = false;
  ++users_;
  return 0;
}

void DiskQueue::release() {
  AOEKIT_CHECK(users_ > 0);
  if (--users_ > 0) return;
  closing_ = true;
  tidy();
}

void DiskQueue::tidy() {
  if (users_ > 0 || disk_ == nullptr || unfinished_ > 0) return;
  if (dirty_) {
    last_flush_.kind = DiskRequestKind::flush;
    last_flush_.done = [](DiskRequest&, int) {};
    start(last_flush_);
    if (unfinished_ > 0) return;
  }
  aoe_disk_close(disk_);
  disk_ = nullptr;
}

std::optional<aoe_disk_status> DiskQueue::status() const {
  aoe_disk_status status{};
  if (disk_ == nullptr || aoe_disk_get_status(disk_, &status) != 0) return std::nullopt;
  return status;
}

void DiskQueue::start(DiskRequest& request) {
  AOEKIT_CHECK(disk_ != nullptr);
  request.queue = this;
  request.error = 0;
  request.step = DiskRequest::Step::whole;
  request.first = request.offset & ~kMask;
  request.span = ((request.offset + request.bytes + kMask) & ~kMask) - request.first;
  ++unfinished_;
  if (is_change(request) && must_wait(request)) {
    held_.push_back(&request);
  } else {
    begin(request);
  }
}

bool DiskQueue::must_wait(const DiskRequest& request) const {
  const auto in_range = [&](const Range& range) {
    return overlap(request.first, request.span, range.first, range.span);
  };
  const auto behind = [&](const DiskRequest* other) {
    return overlap(request.first, request.span, other->first, other->span);
  };
  return std::any_of(around_.begin(), around_.end(), in_range) || std::any_of(held_.begin(), held_.end(), behind);
}

void DiskQueue::begin(DiskRequest& request) {
  if (request.kind == DiskRequestKind::write && !is_aligned(request)) return begin_around(request);
  if (request.kind == DiskRequestKind::punch && !trim_makes_zeros()) return end(request, EOPNOTSUPP);
  if (request.kind == DiskRequestKind::read) {
    AOEKIT_CHECK(request.span <= buffers_.options().large_bytes);
    request.buffer = buffers_.take(static_cast<std::size_t>(request.span));
    if (!request.buffer) return starved_.push_back(&request);
    request.data = request.buffer.data() + (request.offset - request.first);
  }
  issue(request);
}

bool DiskQueue::trim_makes_zeros() const {
  constexpr std::uint32_t kBoth = AOE_DISK_CAN_TRIM | AOE_DISK_TRIM_ZEROES;
  const auto now = status();
  return now && (now->flags & kBoth) == kBoth;
}

void DiskQueue::begin_around(DiskRequest& request) {
  AOEKIT_CHECK(request.span <= buffers_.options().large_bytes);
  request.around = buffers_.take(static_cast<std::size_t>(request.span));
  if (!request.around) return starved_.push_back(&request);
  request.step = DiskRequest::Step::read_around;
  around_.push_back({request.first, request.span});
  issue(request);
}

// In the reader again, the sectors are read or have failed.
void DiskQueue::on_around_read(DiskRequest& request) { request.queue->finish_around(request); }

void DiskQueue::finish_around(DiskRequest& request) {
  if (request.error == 0) {
    std::memcpy(request.around.data() + (request.offset - request.first), request.data, request.bytes);
    request.step = DiskRequest::Step::write_around;
    // From here on the library, or the queue of deferred ones, keeps the order.
    end_around(request);
    issue(request);
  } else {
    end_around(request);
    end(request, request.error);
  }
  std::vector<DiskRequest*> waiting;
  waiting.swap(held_);
  for (DiskRequest* held : waiting) {
    if (must_wait(*held)) {
      held_.push_back(held);
    } else {
      begin(*held);
    }
  }
}

void DiskQueue::end_around(const DiskRequest& request) {
  const auto range = std::find_if(around_.begin(), around_.end(),
                                  [&](const Range& other) { return other.first == request.first; });
  AOEKIT_CHECK(range != around_.end());
  around_.erase(range);
}

std::int64_t DiskQueue::hand_over(DiskRequest& request) {
  const auto span = static_cast<std::size_t>(request.span);
  switch (request.step) {
    case DiskRequest::Step::read_around:
      return aoe_aio_read(disk_, request.around.data(), span, request.first, on_done, &request);
    case DiskRequest::Step::write_around:
      return aoe_aio_write(disk_, request.around.data(), span, request.first, 0, on_done, &request);
    case DiskRequest::Step::whole: break;
  }
  switch (request.kind) {
    case DiskRequestKind::read:
      return aoe_aio_read(disk_, request.buffer.data(), span, request.first, on_done, &request);
    case DiskRequestKind::write:
      return aoe_aio_write(disk_, request.data, span, request.first, 0, on_done, &request);
    case DiskRequestKind::flush: return aoe_aio_flush(disk_, on_done, &request);
    case DiskRequestKind::zero:
      return aoe_aio_zero(disk_, request.span, request.first, AOE_MAY_TRIM, on_done, &request);
    case DiskRequestKind::punch: return aoe_aio_trim(disk_, request.span, request.first, on_done, &request);
  }
  return -EINVAL;
}

// Hands the request to the library, or keeps it for retry(); false: there is no room.
bool DiskQueue::issue(DiskRequest& request) {
  if (!deferred_.empty() && deferred_.front() != &request) {
    deferred_.push_back(&request);
    return false;
  }
  const bool is_flush = request.kind == DiskRequestKind::flush;
  const bool changes = is_change(request) && request.step != DiskRequest::Step::read_around;
  const bool dirty_before = dirty_;
  // Before it is handed over: it may be done, and used anew, when that returns.
  dirty_ = is_flush ? false : dirty_ || changes;
  const std::int64_t cookie = hand_over(request);
  if (cookie > 0) return true;
  dirty_ = dirty_before;
  if (cookie == -EAGAIN) {
    mailbox_.want_retry();
    if (deferred_.empty()) deferred_.push_back(&request);
    return false;
  }
  const int error = static_cast<int>(-cookie);
  if (request.step == DiskRequest::Step::read_around) end_around(request);
  end(request, error);
  return true;
}

void DiskQueue::retry() {
  // As many as there are now: those that find none again go to the end.
  for (std::size_t n = starved_.size(); n > 0; --n) {
    DiskRequest& request = *starved_.front();
    starved_.erase(starved_.begin());
    begin(request);
  }
  while (!deferred_.empty()) {
    DiskRequest& request = *deferred_.front();
    if (!issue(request)) return;
    deferred_.erase(deferred_.begin());
  }
}

void DiskQueue::on_done(void* user, std::int64_t, int error, const char* text) {
  auto& request = *static_cast<DiskRequest*>(user);
  DiskQueue& queue = *request.queue;
  if (text != nullptr) queue.mailbox_.say(text);
  queue.mailbox_.request_ended();
  if (request.step == DiskRequest::Step::read_around) {
    request.error = -error;
    request.resume = on_around_read;
    queue.mailbox_.post(request);
    return;
  }
  queue.end(request, -error);
}

void DiskQueue::end(DiskRequest& request, int error) {
  request.around = Buffer();
  request.done(request, error);
  if (--unfinished_ == 0 && closing_) mailbox_.wake();
}

Status DiskQueue::drain() {
  if (disk_ == nullptr) return {};
  const int error = dirty_ ? aoe_flush(disk_) : 0;
  const std::string why = error < 0 ? aoe_error() : "";
  aoe_disk_close(disk_);
  disk_ = nullptr;
  if (error < 0) return fail_errno(-error, "the last flush failed: {}", why);
  return {};
}

}  // namespace aoekit::fuse
