// The ring's geometry, and whose turn a slot is.
#include "net/receive_ring.h"

#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/fetch_ahead.h"
#include "wire/constants.h"

namespace aoekit::net {
namespace {

// The kernel puts its header and the sender's address in front of a frame, and aligns the frame's payload.
constexpr std::size_t kOverheadBytes = 128;
constexpr std::size_t kBlockBytesMin = 65536;

constexpr std::size_t round_up(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit * unit; }

tpacket2_hdr& header_of(std::uint8_t* slot) { return *reinterpret_cast<tpacket2_hdr*>(slot); }

// So that the socket works without one.
void remove_ring(const Fd& socket) {
  const tpacket_req none{};
  AOEKIT_CHECK(::setsockopt(socket.get(), SOL_PACKET, PACKET_RX_RING, &none, sizeof none) == 0);
}

// Another core wrote the frames: their headers, and so much of their data that whoever reads on need not wait, are on
// their way here while the rest of the batch is collected.
constexpr std::size_t kFetchedAhead = 256;

}  // namespace

Result<ReceiveRing> ReceiveRing::open(const Fd& socket, std::uint32_t mtu_bytes, std::size_t frames) {
  const int version = TPACKET_V2;
  if (::setsockopt(socket.get(), SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) {
    return fail_errno(errno, "cannot set the version of a packet ring");
  }
  ReceiveRing ring;
  ring.slot_bytes_ = round_up(mtu_bytes + wire::kEthernetHeaderBytes + kOverheadBytes, 256);
  const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  ring.block_bytes_ = std::max(kBlockBytesMin, round_up(ring.slot_bytes_, page_bytes));
  ring.slots_a_block_ = ring.block_bytes_ / ring.slot_bytes_;
  const std::size_t slots = frames + kBatchFrames;
  const std::size_t blocks = (slots + ring.slots_a_block_ - 1) / ring.slots_a_block_;
  const std::size_t bytes = blocks * ring.block_bytes_;
  if (bytes > kBytesMax) return fail("a packet ring of {} bytes is too large", bytes);
  ring.slot_count_ = blocks * ring.slots_a_block_;
  tpacket_req request{};
  request.tp_block_size = static_cast<unsigned>(ring.block_bytes_);
  request.tp_block_nr = static_cast<unsigned>(blocks);
  request.tp_frame_size = static_cast<unsigned>(ring.slot_bytes_);
  request.tp_frame_nr = static_cast<unsigned>(ring.slot_count_);
  if (::setsockopt(socket.get(), SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) {
    return fail_errno(errno, "cannot make a packet ring of {} blocks", blocks);
  }
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, socket.get(), 0);
  if (memory == MAP_FAILED) {
    const int error = errno;
    remove_ring(socket);
    return fail_errno(error, "cannot map a packet ring");
  }
  ring.memory_ = static_cast<std::uint8_t*>(memory);
  ring.memory_bytes_ = bytes;
  return ring;
}

ReceiveRing::ReceiveRing(ReceiveRing&& other) noexcept { *this = std::move(other); }

ReceiveRing& ReceiveRing::operator=(ReceiveRing&& other) noexcept {
  if (this == &other) return *this;
  if (memory_ != nullptr) ::munmap(memory_, memory_bytes_);
  memory_ = std::exchange(other.memory_, nullptr);
  memory_bytes_ = other.memory_bytes_;
  block_bytes_ = other.block_bytes_;
  slot_bytes_ = other.slot_bytes_;
  slots_a_block_ = other.slots_a_block_;
  slot_count_ = other.slot_count_;
  next_ = other.next_;
  taken_ = other.taken_;
  truncated_ = other.truncated_;
  return *this;
}

ReceiveRing::~ReceiveRing() {
  if (memory_ != nullptr) ::munmap(memory_, memory_bytes_);
}

std::uint8_t* ReceiveRing::slot(std::size_t index) const {
  return memory_ + index / slots_a_block_ * block_bytes_ + index % slots_a_block_ * slot_bytes_;
}

std::span<const ByteView> ReceiveRing::receive() {
  // Oldest first: the kernel goes around in order.
  for (; taken_ > 0; --taken_) {
    const std::size_t index = (next_ + slot_count_ - taken_) % slot_count_;
    std::atomic_ref(header_of(slot(index)).tp_status).store(TP_STATUS_KERNEL, std::memory_order_release);
  }
  std::size_t good = 0;
  while (taken_ < std::min(kBatchFrames, slot_count_)) {
    std::uint8_t* const memory = slot(next_);
    tpacket2_hdr& header = header_of(memory);
    if ((std::atomic_ref(header.tp_status).load(std::memory_order_acquire) & TP_STATUS_USER) == 0) break;
    if (header.tp_snaplen < header.tp_len) {
      ++truncated_;
    } else {
      received_[good++] = ByteView(memory + header.tp_mac, header.tp_len);
      fetch_ahead(received_[good - 1], kFetchedAhead);
    }
    ++taken_;
    next_ = (next_ + 1) % slot_count_;
  }
  return {received_.data(), good};
}

}  // namespace aoekit::net
