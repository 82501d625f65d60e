// Setting up io_uring with the best flags the kernel takes.
#include "io/uring.h"

#include <array>
#include <cerrno>
#include <utility>

namespace aoekit::io {
namespace {

// Best first. COOP_TASKRUN (5.19): completions do not interrupt the thread; TASKRUN_FLAG lets liburing see that some
// wait. SINGLE_ISSUER (6.0): fewer locks. An older kernel answers EINVAL to a flag that it does not know.
constexpr std::array<unsigned, 3> kFlagSets = {
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SINGLE_ISSUER,
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG, 0};

int init_with_best_flags(unsigned entries, io_uring& ring) {
  int error = -EINVAL;
  for (const unsigned flags : kFlagSets) {
    error = io_uring_queue_init(entries, &ring, flags);
    if (error != -EINVAL) return error;
  }
  return error;
}

Status check_opcodes(io_uring& ring, std::span<const int> opcodes) {
  io_uring_probe* probe = io_uring_get_probe_ring(&ring);
  if (probe == nullptr) return fail_errno(EOPNOTSUPP, "io_uring is too old to be asked what it can do");
  Status status;
  for (const int opcode : opcodes) {
    if (io_uring_opcode_supported(probe, opcode) != 0) continue;
    status = fail_errno(EOPNOTSUPP, "io_uring lacks operation {}", opcode);
    break;
  }
  io_uring_free_probe(probe);
  return status;
}

}  // namespace

void Uring::Close::operator()(io_uring* ring) const {
  io_uring_queue_exit(ring);
  delete ring;
}

Result<Uring> Uring::create(unsigned entries, std::span<const int> opcodes) {
  auto memory = std::make_unique<io_uring>();
  const int error = init_with_best_flags(entries, *memory);
  if (error < 0) return fail_errno(-error, "io_uring is not available");
  std::unique_ptr<io_uring, Close> ring(memory.release());
  if (Status status = check_opcodes(*ring, opcodes); !status) return tl::unexpected(status.error());
  return Uring(std::move(ring));
}

Result<unsigned> Uring::submit() {
  int taken = 0;
  do {
    taken = io_uring_submit(ring_.get());
  } while (taken == -EINTR);
  if (taken >= 0) return static_cast<unsigned>(taken);
  if (taken == -EAGAIN || taken == -EBUSY) return 0U;
  return fail_errno(-taken, "io_uring did not take the requests");
}

void Uring::set_waiting_max(unsigned requests) {
  std::array<unsigned, 2> limits = {requests, 0};  // of disks; of sockets: as it is
  static_cast<void>(io_uring_register_iowq_max_workers(ring_.get(), limits.data()));
}

std::size_t Uring::reap(std::span<UringCompletion> out) {
  std::size_t count = 0;
  io_uring_cqe* entry = nullptr;
  // Peeking also makes the kernel hand over completions that overflowed or wait for the thread.
  while (count < out.size() && io_uring_peek_cqe(ring_.get(), &entry) == 0) {
    out[count++] = {entry->user_data, entry->res};
    io_uring_cqe_seen(ring_.get(), entry);
  }
  return count;
}

}  // namespace aoekit::io
