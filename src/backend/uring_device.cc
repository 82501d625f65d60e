// The engine of io_uring: whole transfers complete in the ring, everything else is finished by worker threads.
#include <linux/fs.h>
#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <vector>

#include "backend/file_engines.h"
#include "backend/op_workers.h"
#include "io/wakeup.h"

namespace aoekit::backend {
namespace {

// Trims, and what the ring could not do as a whole: rare, and seldom many at once.
constexpr std::size_t kThreads = 2;

// Whether a result of the ring says no more than: do it another way, or the rest of it.
bool is_unfinished(int result) {
  return result >= 0 || result == -EINTR || result == -EAGAIN || result == -EINVAL || result == -EOPNOTSUPP;
}

class UringDevice final : public FileDevice {
 public:
  UringDevice(OpenedFile file, io::Uring ring, io::Wakeup retry, Fd ready, std::size_t queue_depth)
      : FileDevice(std::move(file), queue_depth),
        ring_(std::move(ring)),
        retry_(std::move(retry)),
        ready_(std::move(ready)),
        slots_(queue_depth) {
    idle_.reserve(queue_depth);
    for (std::size_t slot = queue_depth; slot-- > 0;) idle_.push_back(slot);
  }
  ~UringDevice() override;

  Status start_workers();
  int completion_fd() const override { return ready_.get(); }
  const char* engine() const override { return "io_uring"; }

 private:
  void start(std::span<const block::BlockOp> ops) override;
  std::size_t collect(std::span<block::BlockCompletion> out) override;
  Status watch(int fd);
  bool fits_ring(const block::BlockOp& op);
  void fill(const block::BlockOp& op);
  void send();
  std::size_t reap_ring(std::span<block::BlockCompletion> out);
  std::size_t in_ring() const { return slots_.size() - idle_.size(); }

  io::Uring ring_;
  io::Wakeup retry_;  // lit while the kernel has not taken some requests
  bool retry_lit_ = false;
  Fd ready_;  // epoll over the ring, the workers and retry_
  std::vector<block::BlockOp> slots_;
  std::vector<std::size_t> idle_;
  std::size_t unsent_ = 0;
  std::unique_ptr<OpWorkers> workers_;
};

Status UringDevice::start_workers() {
  auto workers = OpWorkers::create(
      blocking_io(), {.threads = kThreads, .start = StartThreads::when_needed, .queue_depth = max_in_flight()});
  if (!workers) return tl::unexpected(workers.error());
  workers_ = std::move(*workers);
  for (const int fd : {ring_.fd(), retry_.fd(), workers_->fd()}) {
    if (Status watched = watch(fd); !watched) return watched;
  }
  return {};
}

Status UringDevice::watch(int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (epoll_ctl(ready_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno(errno, "cannot watch a disk");
  return {};
}

UringDevice::~UringDevice() {
  std::array<io::UringCompletion, 16> finished;
  while (in_ring() > unsent_) {
    pollfd ring{.fd = ring_.fd(), .events = POLLIN, .revents = 0};
    AOEKIT_CHECK(poll(&ring, 1, -1) >= 0 || errno == EINTR);
    const std::size_t count = ring_.reap(finished);
    for (std::size_t i = 0; i < count; ++i) idle_.push_back(finished[i].user_data);
  }
}

bool UringDevice::fits_ring(const block::BlockOp& op) {
  switch (op.kind) {
    case block::OpKind::flush: return true;
    case block::OpKind::trim: return false;
    case block::OpKind::read:
    case block::OpKind::write: break;
  }
  // An empty transfer has nothing to tell apart from the end of the medium.
  return !op.data.empty() && op.data.size() <= std::numeric_limits<unsigned>::max() && blocking_io().is_aligned(op) &&
         (op.kind == block::OpKind::read || blocking_io().write_flags(op.durability).has_value());
}

void UringDevice::start(std::span<const block::BlockOp> ops) {
  for (const block::BlockOp& op : ops) {
    if (fits_ring(op)) {
      fill(op);
    } else {
      workers_->submit({&op, 1});
    }
  }
  send();
}

void UringDevice::fill(const block::BlockOp& op) {
  AOEKIT_CHECK(!idle_.empty());
  const std::size_t slot = idle_.back();
  idle_.pop_back();
  slots_[slot] = op;
  io_uring_sqe* request = ring_.next_request();
  AOEKIT_CHECK(request != nullptr);  // the ring has room for queue_depth requests
  const int fd = file().fd.get();
  const auto bytes = static_cast<unsigned>(op.data.size());
  if (op.kind == block::OpKind::flush) {
    io_uring_prep_fsync(request, fd, IORING_FSYNC_DATASYNC);
  } else if (op.kind == block::OpKind::read) {
    io_uring_prep_read(request, fd, op.data.data(), bytes, file().byte_offset(op.range.first));
  } else {
    io_uring_prep_write(request, fd, op.data.data(), bytes, file().byte_offset(op.range.first));
    request->rw_flags = blocking_io().write_flags(op.durability).value_or(0);
  }
  request->user_data = slot;
  ++unsent_;
}

void UringDevice::send() {
  while (unsent_ > 0) {
    const Result<unsigned> taken = ring_.submit();
    AOEKIT_CHECK(taken.has_value());  // what is left besides "not now" are our mistakes, e.g. another thread
    if (*taken == 0) break;
    unsent_ -= *taken;
  }
  if ((unsent_ > 0) == retry_lit_) return;
  retry_lit_ = unsent_ > 0;
  if (retry_lit_) {
    retry_.light();
  } else {
    retry_.put_out();
  }
}

std::size_t UringDevice::collect(std::span<block::BlockCompletion> out) {
  std::size_t count = reap_ring(out);
  if (workers_->outstanding() > 0) count += workers_->collect(out.subspan(count));
  if (unsent_ > 0) send();
  return count;
}

std::size_t UringDevice::reap_ring(std::span<block::BlockCompletion> out) {
  std::array<io::UringCompletion, 64> finished;
  std::size_t count = 0;
  while (in_ring() > 0 && count < out.size()) {
    const std::size_t taken = ring_.reap(std::span(finished).first(std::min(finished.size(), out.size() - count)));
    if (taken == 0) break;
    for (std::size_t i = 0; i < taken; ++i) {
      const std::size_t slot = finished[i].user_data;
      const block::BlockOp& op = slots_[slot];
      const int result = finished[i].result;
      idle_.push_back(slot);
      if (result >= 0 && static_cast<std::size_t>(result) == op.data.size()) {  // of a flush both are 0
        out[count++] = {.cookie = op.cookie, .status = block::BlockStatus::ok};
      } else if (is_unfinished(result)) {
        workers_->submit({&op, 1});
      } else {
        out[count++] = {.cookie = op.cookie, .status = blocking_io().status_of(op, -result)};
      }
    }
  }
  return count;
}

}  // namespace

Result<io::Uring> make_file_ring(std::size_t queue_depth) {
  constexpr std::array<int, 3> kOpcodes = {IORING_OP_READ, IORING_OP_WRITE, IORING_OP_FSYNC};
  return io::Uring::create(static_cast<unsigned>(queue_depth), kOpcodes);
}

Result<std::unique_ptr<block::BlockDevice>> make_uring_device(OpenedFile file, io::Uring ring,
                                                              std::size_t queue_depth) {
  Result<io::Wakeup> retry = io::Wakeup::create();
  if (!retry) return tl::unexpected(retry.error());
  Fd ready(epoll_create1(EPOLL_CLOEXEC));
  if (!ready.valid()) return fail_errno(errno, "cannot make an epoll descriptor");
  auto device = std::make_unique<UringDevice>(std::move(file), std::move(ring), std::move(*retry), std::move(ready),
                                              queue_depth);
  if (const Status started = device->start_workers(); !started) return tl::unexpected(started.error());
  return device;
}

}  // namespace aoekit::backend
