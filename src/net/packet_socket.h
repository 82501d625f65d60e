// Making an AF_PACKET socket for AoE: filtered before it is bound, and with buffers that hold what they should.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.h"
#include "base/result.h"
#include "net/interface.h"
#include "wire/constants.h"

namespace aoekit::net {

// A socket buffer as the kernel accounts for it: not frame bytes but the memory that frames occupy.
struct BufferSize {
  std::size_t wanted_bytes = 0;
  std::size_t granted_bytes = 0;
  bool enough() const { return granted_bytes >= wanted_bytes; }
};

// What `frames` frames of an interface with this MTU occupy in a socket buffer, generously: drivers give each frame a
// page or a power of two of them (9014 bytes take 16 KiB) and the kernel adds its own bookkeeping. (Measured on veth,
// which is frugal: 2304 bytes for a frame of 1514, 13120 for one of 9014.)
constexpr std::size_t receive_buffer_needed(std::uint32_t mtu_bytes, std::size_t frames) {
  constexpr std::size_t kHeadroomAndTail = 14 + 4 + 64 + 320;  // Ethernet, tag, driver's headroom, skb_shared_info
  constexpr std::size_t kBookkeeping = 256;                    // sk_buff
  std::size_t block_bytes = 4096;
  while (block_bytes < mtu_bytes + kHeadroomAndTail) block_bytes *= 2;
  return frames * (block_bytes + kBookkeeping);
}

// A non-blocking raw socket for `interface` that receives nothing yet, and later nothing the filter drops, not even at
// first. An Error with os_error EPERM says which privilege is missing.
Result<Fd> make_packet_socket(const InterfaceState& interface, std::span<const sock_filter> filter);

// From now on it receives frames of `ether_type` (ETH_P_ALL: every frame). A receive ring is made before this: while it
// makes one of a bound socket, the kernel (seen in 6.18) misses that the interface comes up, and the socket stays deaf.
[[nodiscard]] Status bind_packet_socket(const Fd& socket, const InterfaceState& interface,
                                        std::uint16_t ether_type = wire::kEtherType);

// Both.
Result<Fd> open_packet_socket(const InterfaceState& interface, std::span<const sock_filter> filter,
                              std::uint16_t ether_type = wire::kEtherType);

// What is written to a packet socket: the frame, or a VnetHeader and the frame.
enum class SendFormat : std::uint8_t { frame, vnet_header_and_frame };

// Of struct virtio_net_hdr, whose own header C++ cannot include.
struct VnetHeader {
  std::uint8_t flags = 0;
  std::uint8_t gso_type = 0;
  std::uint16_t header_bytes = 0;  // of the frame: at least so many in one piece
  std::uint16_t gso_bytes = 0, checksum_start = 0, checksum_offset = 0;
};
static_assert(sizeof(VnetHeader) == 10);

// A frame that does not fit a page the kernel takes apart: 14 bytes in one piece and the rest in pages of its own, of
// which the last is hardly used. Told otherwise by a VnetHeader it does less. What fits two pages is best in one piece,
// which is cheaper to get, to fill, to filter and to copy (measured: an eighth of a target's time for 4 KiB reads); of
// what is longer the pages are to be whole, and the piece what they leave (a tenth for full frames at MTU 9000). For an
// interface that does not gather pieces the kernel would copy them into one. The bounds leave room for what it puts
// around a frame.
inline constexpr std::size_t kPageBytes = 4096, kTakenApartBytesMin = 3968;
inline constexpr std::size_t kOnePieceBytesMax = 7680, kPieceBytesMin = 64;

enum class Pieces : std::uint8_t { one, several };

constexpr SendFormat cheapest_format(std::size_t frame_bytes) {
  return frame_bytes >= kTakenApartBytesMin ? SendFormat::vnet_header_and_frame : SendFormat::frame;
}
// REQUIRES that format.
constexpr VnetHeader cheapest_header(std::size_t frame_bytes, Pieces pieces_allowed) {
  const bool one_piece = pieces_allowed == Pieces::one || frame_bytes <= kOnePieceBytesMax;
  const std::size_t pages = one_piece ? 0 : (frame_bytes - kPieceBytesMin) / kPageBytes;
  return {.header_bytes = static_cast<std::uint16_t>(frame_bytes - pages * kPageBytes)};
}

// One that only sends.
Result<Fd> open_send_socket(const InterfaceState& interface, SendFormat format);

// Replaces the filter at once. An Error when the kernel refuses the program.
[[nodiscard]] Status attach_filter(const Fd& socket, std::span<const sock_filter> filter);

// The index of the interface that the socket is bound to; -1 once that interface has been removed, even if one with the
// same index has come since.
int bound_interface(const Fd& socket);

// Forgets that the interface was down for a while, which would fail the next call.
void clear_pending_error(const Fd& socket);

// Asks for buffers of `wanted_bytes`, beyond the system's limit where the process has CAP_NET_ADMIN.
Result<BufferSize> set_receive_buffer(const Fd& socket, std::size_t wanted_bytes);
Result<BufferSize> set_send_buffer(const Fd& socket, std::size_t wanted_bytes);

}  // namespace aoekit::net
