// The engine of io_uring: whole transfers complete in the ring, everything else is finished by worker threads.
#include <linux/fs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <vector>

#include "backend/op_engine.h"
#include "backend/op_workers.h"
#include "base/check.h"
#include "io/wakeup.h"

namespace aoekit::backend {
namespace {

// For trims, what the ring could not do as a whole, and buffered writes to files where there are several disks. So many of
// them may hang, divided by what one may have, before others wait.
constexpr std::size_t kThreads = 16;
constexpr std::size_t kThreadsADisk = 2;

// Syncs, and transfers that the kernel cannot start without waiting, take a thread of its own each. So many disks may
// hang, or sync, before others wait for them.
constexpr std::size_t kWaitingMax = 64;

// Whether a result of the ring says no more than: do it another way, or the rest of it.
bool is_unfinished(int result) {
  return result >= 0 || result == -EINTR || result == -EAGAIN || result == -EINVAL || result == -EOPNOTSUPP;
}

enum class Company : std::uint8_t { alone, others };

// The kernel sorts buffered writes to files by a hash of the file and does one a bucket at a time: a file system that hangs
// would hold up other disks' writes, by chance. So they are for the ring only where the disk is alone.
bool fits_ring(const OpenDisk& disk, Company company, const block::BlockOp& op) {
  const BlockingIo& io = disk.io;
  const bool is_hashed = disk.file.medium == Medium::regular_file && disk.file.options.caching != Caching::direct &&
                         !disk.file.goes_past_cache(op);
  switch (op.kind) {
    case block::OpKind::flush: return true;
    case block::OpKind::trim: return false;
    case block::OpKind::read: break;
    case block::OpKind::write:
      if (is_hashed && company == Company::others) return false;
      break;
  }
  // An empty transfer has nothing to tell apart from the end of the medium.
  return !op.data.empty() && op.data.size() <= std::numeric_limits<unsigned>::max() && io.is_aligned(op) &&
         (op.kind == block::OpKind::read || io.write_flags(op.durability).has_value());
}

class UringEngine final : public OpEngine {
 public:
  UringEngine(io::Uring ring, io::Wakeup retry, std::unique_ptr<OpWorkers> workers, std::size_t queue_depth)
      : ring_(std::move(ring)), retry_(std::move(retry)), slots_(queue_depth), workers_(std::move(workers)) {
    idle_.reserve(queue_depth);
    for (std::size_t slot = queue_depth; slot-- > 0;) idle_.push_back(slot);
  }

  void start(OpenDisk& disk, std::span<const block::BlockOp> ops) override;
  std::size_t collect(std::span<block::BlockCompletion> out) override;
  std::vector<int> fds() const override { return {ring_.fd(), retry_.fd(), workers_->fd()}; }
  void set_disk_count(std::size_t disks) override {
    company_ = disks > 1 ? Company::others : Company::alone;
    workers_->set_disk_count(disks);
  }
  const char* name() const override { return "io_uring"; }

 private:
  struct Slot {
    OpenDisk* disk = nullptr;
    block::BlockOp op;
  };
  void fill(OpenDisk& disk, const block::BlockOp& op);
  void send();
  std::size_t reap_ring(std::span<block::BlockCompletion> out);
  std::size_t in_ring() const { return slots_.size() - idle_.size(); }

  io::Uring ring_;
  io::Wakeup retry_;  // lit while the kernel has not taken some requests
  bool retry_lit_ = false;
  std::vector<Slot> slots_;
  std::vector<std::size_t> idle_;
  std::size_t unsent_ = 0;
  Company company_ = Company::alone;
  std::unique_ptr<OpWorkers> workers_;
};

void UringEngine::start(OpenDisk& disk, std::span<const block::BlockOp> ops) {
  disk.in_flight += ops.size();
  for (const block::BlockOp& op : ops) {
    if (fits_ring(disk, company_, op)) {
      fill(disk, op);
    } else {
      workers_->submit(disk, {&op, 1});
    }
  }
  send();
}

void UringEngine::fill(OpenDisk& disk, const block::BlockOp& op) {
  AOEKIT_CHECK(!idle_.empty());
  const std::size_t slot = idle_.back();
  idle_.pop_back();
  slots_[slot] = {&disk, op};
  block::take_in(slots_[slot].op);
  io_uring_sqe* request = ring_.next_request();
  AOEKIT_CHECK(request != nullptr);  // the ring has room for queue_depth requests
  const int fd = (disk.file.goes_past_cache(op) ? disk.file.direct_fd : disk.file.fd).get();
  const auto bytes = static_cast<unsigned>(op.data.size());
  if (op.kind == block::OpKind::flush) {
    io_uring_prep_fsync(request, fd, IORING_FSYNC_DATASYNC);
  } else if (op.kind == block::OpKind::read) {
    io_uring_prep_read(request, fd, op.data.data(), bytes, disk.file.byte_offset(op.range.first));
  } else {
    io_uring_prep_write(request, fd, op.data.data(), bytes, disk.file.byte_offset(op.range.first));
    request->rw_flags = disk.io.write_flags(op.durability).value_or(0);
  }
  request->user_data = slot;
  ++unsent_;
}

void UringEngine::send() {
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

std::size_t UringEngine::collect(std::span<block::BlockCompletion> out) {
  std::size_t count = reap_ring(out);
  if (workers_->outstanding() > 0) count += workers_->collect(out.subspan(count));
  if (unsent_ > 0) send();
  return count;
}

std::size_t UringEngine::reap_ring(std::span<block::BlockCompletion> out) {
  std::array<io::UringCompletion, 64> finished;
  std::size_t count = 0;
  while (in_ring() > 0 && count < out.size()) {
    const std::size_t taken = ring_.reap(std::span(finished).first(std::min(finished.size(), out.size() - count)));
    if (taken == 0) break;
    for (std::size_t i = 0; i < taken; ++i) {
      const std::size_t slot = finished[i].user_data;
      OpenDisk& disk = *slots_[slot].disk;
      const block::BlockOp& op = slots_[slot].op;
      const int result = finished[i].result;
      idle_.push_back(slot);
      if (result >= 0 && static_cast<std::size_t>(result) == op.data.size()) {  // of a flush both are 0
        out[count++] = {.cookie = op.cookie, .status = block::BlockStatus::ok};
      } else if (is_unfinished(result)) {
        workers_->submit(disk, {&op, 1});
        continue;
      } else {
        out[count++] = {.cookie = op.cookie, .status = disk.io.status_of(op, -result)};
      }
      --disk.in_flight;
    }
  }
  return count;
}

}  // namespace

Result<io::Uring> make_file_ring(std::size_t queue_depth) {
  constexpr std::array<int, 3> kOpcodes = {IORING_OP_READ, IORING_OP_WRITE, IORING_OP_FSYNC};
  auto ring = io::Uring::create(static_cast<unsigned>(queue_depth), kOpcodes);
  if (ring) ring->set_waiting_max(static_cast<unsigned>(std::min(queue_depth, kWaitingMax)));
  return ring;
}

Result<std::unique_ptr<OpEngine>> make_uring_engine(io::Uring ring, std::size_t queue_depth) {
  Result<io::Wakeup> retry = io::Wakeup::create();
  if (!retry) return tl::unexpected(retry.error());
  auto workers = OpWorkers::create({.threads = kThreads,
                                    .threads_a_disk = kThreadsADisk,
                                    .start = StartThreads::when_needed,
                                    .queue_depth = queue_depth});
  if (!workers) return tl::unexpected(workers.error());
  return std::make_unique<UringEngine>(std::move(ring), std::move(*retry), std::move(*workers), queue_depth);
}

}  // namespace aoekit::backend
