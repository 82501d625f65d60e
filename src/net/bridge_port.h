// One side of a bridge: every frame that comes in by an interface, whoever it is for, and sending frames as they are.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "net/batch_sender.h"
#include "net/interface.h"
#include "net/packet_socket.h"

namespace aoekit::net {

struct BridgePortCounters {
  std::uint64_t received = 0;
  std::uint64_t truncated = 0;      // longer than kBridgedFrameBytesMax: dropped
  std::uint64_t receive_drops = 0;  // the kernel's, for want of receive buffer space
  std::uint64_t sent = 0;
  std::uint64_t send_drops = 0;     // refused by the interface: down, its queue full, or its MTU too small
};

// One thread. Allocates in open() only. The interface is promiscuous as long as the port lives.
class BridgePort {
 public:
  static constexpr std::size_t kBatchFrames = 64;
  static constexpr std::size_t kBridgedFrameBytesMax = 16384;

  // Errors: no such interface (ENODEV), no privilege (EPERM), not an Ethernet interface (EPROTOTYPE). The interface may
  // be down, and may go down and come up meanwhile.
  static Result<std::unique_ptr<BridgePort>> open(const std::string& interface);

  const InterfaceState& interface() const { return interface_; }
  const BufferSize& receive_buffer() const { return receive_buffer_; }
  // Asks the kernel for its count of drops, too.
  BridgePortCounters counters() const;
  int fd() const { return socket_.get(); }
  // Whether the interface was removed: nothing will come any more.
  bool gone() const { return bound_interface(socket_) != interface_.index; }

  // The next batch, possibly empty; never waits. Frames that this machine itself sends by the interface are not among
  // them. VLAN tags are in their place. The views hold until the next receive().
  std::span<const ByteView> receive();
  // What the interface refuses is counted and dropped.
  void send(std::span<const ByteView> frames);

 private:
  BridgePort(InterfaceState interface, Fd socket, BufferSize receive_buffer);
  ByteView frame_of(std::size_t index, std::size_t bytes);

  InterfaceState interface_;
  Fd socket_;
  BufferSize receive_buffer_;
  mutable BridgePortCounters counters_;  // receive_drops lies in the kernel until somebody asks
  BatchSender sender_{SendFormat::frame};

  // Each buffer has room for a VLAN tag in front.
  std::unique_ptr<std::uint8_t[]> memory_;
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, 64> bytes;
  };
  std::array<Control, kBatchFrames> controls_{};
  std::array<mmsghdr, kBatchFrames> headers_{};
  std::array<iovec, kBatchFrames> parts_{};
  std::array<ByteView, kBatchFrames> received_{};
};

}  // namespace aoekit::net
