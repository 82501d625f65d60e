// Frames in memory that the kernel and this process share (PACKET_RX_RING, TPACKET_V2): no system call to receive them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace aoekit::net {

// The socket outlives the ring, or is closed at the same time. One thread. Allocates in open() only.
class ReceiveRing {
 public:
  static constexpr std::size_t kBatchFrames = 64;

  // The kernel pins a ring's memory: above this, a socket's buffer, which takes what it needs, is the better place.
  static constexpr std::size_t kBytesMax = std::size_t{16} << 20;

  // Makes the socket, which is not bound yet (packet_socket.h), deliver into a ring that holds `frames` frames of the MTU,
  // or more, beside the batch that is being looked at: its answers may bring new frames before its slots are free. An
  // Error when the kernel cannot, or it would be larger than kBytesMax: the socket works without.
  static Result<ReceiveRing> open(const Fd& socket, std::uint32_t mtu_bytes, std::size_t frames);
  ReceiveRing() = default;
  ReceiveRing(ReceiveRing&& other) noexcept;
  ReceiveRing& operator=(ReceiveRing&& other) noexcept;
  ~ReceiveRing();

  bool valid() const { return memory_ != nullptr; }
  // The next batch, possibly empty; never waits. The views hold until the next receive(), which gives their slots back.
  std::span<const ByteView> receive();
  // Frames longer than a slot, which were dropped, since the last call.
  std::uint64_t take_truncated() { return std::exchange(truncated_, 0); }

 private:
  std::uint8_t* slot(std::size_t index) const;

  std::uint8_t* memory_ = nullptr;
  std::size_t memory_bytes_ = 0;
  std::size_t block_bytes_ = 0;
  std::size_t slot_bytes_ = 0;
  std::size_t slots_a_block_ = 0;
  std::size_t slot_count_ = 0;
  std::size_t next_ = 0;   // to look at
  std::size_t taken_ = 0;  // before `next_`, handed out by the last receive()
  std::uint64_t truncated_ = 0;
  std::array<ByteView, kBatchFrames> received_{};
};

}  // namespace aoekit::net
