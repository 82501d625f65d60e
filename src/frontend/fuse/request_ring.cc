// Each slot is in one command of the ring, or its request is with us.
#include "frontend/fuse/request_ring.h"

#include <linux/fuse.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "base/check.h"

namespace aoekit::fuse {
namespace {

// The kernel has a queue for each CPU that there may ever be.
unsigned queues_of_kernel() {
  std::ifstream file("/sys/devices/system/cpu/possible");
  std::string list;
  std::getline(file, list);
  return cpus_in(list);
}

}  // namespace

Result<std::unique_ptr<RequestRing>> RequestRing::create(std::size_t payload_bytes, std::size_t bytes_max) {
  const unsigned queues = queues_of_kernel();
  const unsigned depth = RingSlots::depth(queues, payload_bytes, bytes_max);
  if (depth == 0) return fail("there is too little memory for io_uring with {} CPUs", queues);
  auto slots = RingSlots::create(queues, depth, payload_bytes);
  if (!slots) return tl::unexpected(slots.error());
  std::unique_ptr<RequestRing> made(new RequestRing(std::move(*slots), payload_bytes, depth));
  // This thread is not disturbed for a request: it gets it when it asks the kernel for anything. More of the same would
  // be IORING_SETUP_DEFER_TASKRUN, but that does not wake a poll(2).
  const unsigned flags = IORING_SETUP_SQE128 | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
                         IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
  const int error = io_uring_queue_init(queues * depth, &made->ring_, flags);
  if (error != 0) {
    made->ring_.ring_fd = -1;
    return fail_errno(-error, "cannot make an io_uring");
  }
  return made;
}

RequestRing::~RequestRing() {
  if (ring_.ring_fd >= 0) io_uring_queue_exit(&ring_);
}

Status RequestRing::start(int fuse_fd) {
  fuse_fd_ = fuse_fd;
  for (RingSlot& slot : slots_->all()) command(slot, RingCommand::enlist);
  send();
  // What the kernel refuses ends at once.
  unsigned head = 0;
  const io_uring_cqe* ended = nullptr;
  io_uring_for_each_cqe(&ring_, head, ended) {
    if (ended->res < 0) return fail_errno(-ended->res, "the kernel takes back its offer of io_uring");
  }
  return {};
}

void RequestRing::command(RingSlot& slot, RingCommand what) {
  io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
  AOEKIT_CHECK(entry != nullptr);  // there is one for each slot
  io_uring_prep_rw(IORING_OP_URING_CMD, entry, fuse_fd_, nullptr, 0, 0);
  entry->cmd_op = static_cast<std::uint32_t>(what);
  if (what == RingCommand::enlist) {
    entry->addr = reinterpret_cast<std::uintptr_t>(slot.memory.data());
    entry->len = static_cast<std::uint32_t>(slot.memory.size());
  }
  const RingCommandArguments arguments{.flags = 0, .commit_id = slot.commit_id, .queue = slot.queue, .padding = {}};
  // Entries are twice as large as their type (IORING_SETUP_SQE128).
  std::memcpy(reinterpret_cast<std::uint8_t*>(entry) + offsetof(io_uring_sqe, cmd), &arguments, sizeof arguments);
  io_uring_sqe_set_data(entry, &slot);
}

std::span<std::uint8_t> RequestRing::next() {
  io_uring_cqe* ended = nullptr;
  while (io_uring_peek_cqe(&ring_, &ended) == 0) {
    RingSlot& slot = *static_cast<RingSlot*>(io_uring_cqe_get_data(ended));
    const int result = ended->res;
    io_uring_cqe_seen(&ring_, ended);
    if (result == 0) {
      const std::span<std::uint8_t> request = slots_->take(slot);
      if (!request.empty()) return request;
      fuse_out_header refusal{.len = sizeof refusal, .error = -EIO, .unique = slot.unique};
      const iovec part{&refusal, sizeof refusal};
      answer({&part, 1});
    } else if (slot.commit_id != 0 && (result == -ENOMEM || result == -EAGAIN)) {
      command(slot, RingCommand::commit_and_fetch);  // the answer has not left
    }
    // Otherwise the slot is out of use: the kernel did not take it, or the mount has ended.
  }
  return {};
}

bool RequestRing::answer(std::span<const iovec> parts) {
  RingSlot* const slot = slots_->answer(parts);
  if (slot != nullptr) command(*slot, RingCommand::commit_and_fetch);
  return slot != nullptr;
}

void RequestRing::send() {
  while (io_uring_sq_ready(&ring_) > 0) {
    const int sent = io_uring_submit_and_get_events(&ring_);
    // Others would be mistakes of ours.
    AOEKIT_CHECK(sent >= 0 || sent == -EINTR || sent == -EAGAIN || sent == -EBUSY);
  }
}

}  // namespace aoekit::fuse
