// A frame port on a real Ethernet interface: AF_PACKET, a receive ring or recvmmsg, and sendmmsg.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "net/batch_sender.h"
#include "base/result.h"
#include "net/bpf_filter.h"
#include "net/frame_port.h"
#include "net/interface.h"
#include "net/packet_socket.h"
#include "net/receive_ring.h"

namespace aoekit::net {

// How frames come from the kernel: by a ring in shared memory, where it makes one that is large enough, or by recvmmsg.
enum class ReceiveBy : std::uint8_t { automatic, ring, socket };

struct PacketPortOptions {
  std::string interface;  // "eth0"
  PortRole role = PortRole::target;
  // The addresses whose requests, or answers, to let in, without: all; and a target's port's share of them, where several
  // ports, each of a thread of its own, serve one interface (see build_filter).
  MaybeAddresses addresses = {};
  AddressShare share = {};
  // Full frames that must fit while nobody reads: clients times advertised buffers. With a receive ring the memory for
  // them is pinned, once for each port of an interface.
  std::size_t receive_frames = 256;
  // If not 0, the receive buffer's size in place of what `receive_frames` ask for; then there is no ring.
  std::size_t receive_buffer_bytes = 0;
  ReceiveBy receive_by = ReceiveBy::automatic;
};

// A port is bound to a name. While no interface has that name it has no socket (fd() is -1, info().up false), receives
// nothing and counts what it is given to send as dropped. refresh() brings it up to date: the owner calls it after a
// LinkMonitor event about the name. Threads as FramePort says: sending shares nothing with receiving, but nobody may
// send during refresh(). Allocates in open() and refresh() only.
class PacketPort final : public FramePort {
 public:
  static constexpr std::size_t kBatchFrames = BatchSender::kBatchFrames;

  // Opens the interface, which must exist (it may be down). Errors: no such interface (ENODEV), no privilege (EPERM),
  // not an Ethernet interface (EPROTOTYPE).
  static Result<std::unique_ptr<PacketPort>> open(PacketPortOptions options);
  // A port that waits for its interface: call refresh() at once and after each link event.
  static std::unique_ptr<PacketPort> waiting(PacketPortOptions options);

  // Looks the interface up again and follows it: another MTU, MAC or state; gone; back, maybe with another index.
  // fd() is another number than before if the socket is another one. An Error, as of open(), means that the port waits
  // without a socket.
  [[nodiscard]] Status refresh() override;

  // Lets requests for these addresses in from now on, and no others (see build_filter).
  [[nodiscard]] Status set_addresses(std::vector<wire::AoeAddress> addresses) override;

  // Asked for and granted; the owner warns when it is not enough() (remedy: CAP_NET_ADMIN, or net.core.rmem_max).
  const BufferSize& receive_buffer() const { return receive_buffer_; }

  const PortInfo& info() const override { return info_; }
  // Asks the kernel for its count of drops, too.
  const PortCounters& counters() const override;
  int fd() const override { return socket_.get(); }
  // Call it also when the loop reports an error on fd(): that clears it.
  std::span<const ByteView> receive() override;
  void send(std::span<const ByteView> frames) override { send_all(frames); }
  void send_split(std::span<const SplitFrame> frames) override { send_all(frames); }

 private:
  template <class Frame>
  void send_all(std::span<const Frame> frames);
  std::span<const ByteView> receive_from_ring();
  explicit PacketPort(PacketPortOptions options);
  Status follow(const InterfaceState& state);
  void wait_for_interface();
  void make_room_for(std::uint32_t mtu_bytes);
  Status open_send_sockets(const InterfaceState& state);
  Status open_socket(const InterfaceState& state);
  Result<Fd> make_socket(const InterfaceState& state) const;
  void collect_kernel_drops() const;

  PacketPortOptions options_;
  PortInfo info_;
  Fd socket_;
  // Each frame that leaves is memory given back to its socket, and the kernel then tells whoever waits for that socket;
  // somebody always waits for the one that receives. So frames leave by sockets for which nobody waits: large ones by
  // one of their own (cheapest_format()).
  Fd send_socket_;
  Fd large_socket_;
  ReceiveRing ring_;  // where the kernel gives us one; else frames go to memory_
  std::size_t receives_in_vain_ = 0;
  BufferSize receive_buffer_;
  mutable PortCounters counters_;  // receive_drops lies in the kernel until somebody asks

  std::size_t frame_bytes_ = 0;  // of each of the kBatchFrames receive buffers
  std::unique_ptr<std::uint8_t[]> memory_;
  std::array<mmsghdr, kBatchFrames> receive_headers_{};
  std::array<iovec, kBatchFrames> receive_parts_{};
  BatchSender sender_{SendFormat::frame};
  BatchSender large_sender_{SendFormat::vnet_header_and_frame};
  std::array<ByteView, kBatchFrames> received_{};
};

}  // namespace aoekit::net
