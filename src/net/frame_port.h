// The network as batches of frames: one port is one Ethernet interface, real or in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::net {

// What is true of the interface at the moment.
struct PortInfo {
  std::string name;        // "eth0"
  wire::MacAddress mac;
  std::uint32_t mtu_bytes = 0;  // without the Ethernet header
  bool up = false;              // exists, administratively up and with carrier
};

struct PortCounters {
  std::uint64_t frames_received = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t bytes_received = 0;       // of whole frames, Ethernet header included
  std::uint64_t bytes_sent = 0;
  std::uint64_t frames_truncated = 0;     // longer than the receive buffers: dropped
  std::uint64_t receive_drops = 0;        // the kernel's, for want of receive buffer space
  std::uint64_t send_drops = 0;           // refused by the interface (down, queue full)
};

// A frame to send whose data, its end, may lie elsewhere than what comes before.
struct SplitFrame {
  ByteView head;
  ByteView data = {};

  std::size_t size() const { return head.size() + data.size(); }
};

inline std::size_t total_bytes(std::span<const ByteView> frames) {
  std::size_t bytes = 0;
  for (const ByteView frame : frames) bytes += frame.size();
  return bytes;
}

// A port. All calls come from one thread, except that another may send() meanwhile, one at a time. Only AoE frames are
// received, and never the port's own.
class FramePort {
 public:
  virtual ~FramePort() = default;

  virtual const PortInfo& info() const = 0;
  virtual const PortCounters& counters() const = 0;

  // Readable (epoll, level-triggered) when receive() may have frames, until it returns none. Can change when the
  // interface comes back: ask again after a link change. -1 while there is no interface.
  virtual int fd() const = 0;

  // The next batch, possibly empty; never waits. The views hold until the next receive().
  virtual std::span<const ByteView> receive() = 0;

  // Sends all frames, each a whole Ethernet frame of 60 bytes or more. What the interface refuses is counted and
  // dropped: the protocol retransmits. Waits a few milliseconds at most for an interface whose queue is full.
  virtual void send(std::span<const ByteView> frames) = 0;
  // The same for frames in two parts. Ports of the kernel leave it to the kernel to read the data, which may be memory
  // that a disk has lent (block::BlockCompletion::lent): a frame whose data is gone is dropped. Others put the parts
  // together.
  virtual void send_split(std::span<const SplitFrame> frames);

  // For ports that follow an interface and filter in the kernel; others have nothing to do. See PacketPort.
  [[nodiscard]] virtual Status refresh() { return {}; }
  [[nodiscard]] virtual Status set_addresses(std::vector<wire::AoeAddress>) { return {}; }
};

}  // namespace aoekit::net
