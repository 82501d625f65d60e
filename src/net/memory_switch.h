// An Ethernet switch in memory, with frame ports: for tests that need a network and no kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/wakeup.h"
#include "net/frame_port.h"

namespace aoekit::net {

class MemoryPort;

// A learning switch. Deterministic: send() puts the frames into the receivers' queues before it returns, in the order
// of the receivers' creation. One thread. The switch outlives its ports' use.
class MemorySwitch {
 public:
  // Decides whether the frame going from one port to another is lost.
  using LoseHook = std::function<bool(const MemoryPort& from, const MemoryPort& to, ByteView frame)>;
  static constexpr std::size_t kQueueFramesMax = 1024;

  MemorySwitch() = default;
  MemorySwitch(const MemorySwitch&) = delete;
  MemorySwitch& operator=(const MemorySwitch&) = delete;

  // A new port, plugged in. The switch owns it.
  Result<MemoryPort*> add_port(PortInfo info);
  void set_lose_hook(LoseHook hook) { lose_ = std::move(hook); }

 private:
  friend class MemoryPort;
  void forward(MemoryPort& from, ByteView frame);
  void deliver(const MemoryPort& from, MemoryPort& to, ByteView frame);

  std::vector<std::unique_ptr<MemoryPort>> ports_;
  std::map<wire::MacAddress, MemoryPort*> learned_;
  LoseHook lose_;
};

// A port of a MemorySwitch. Like a real one it receives only AoE frames for its own MAC or for everybody, no longer
// than its MTU, and kQueueFramesMax of them while nobody reads.
class MemoryPort final : public FramePort {
 public:
  static constexpr std::size_t kBatchFrames = 64;

  MemoryPort(MemorySwitch& fabric, PortInfo info, io::Wakeup wakeup);

  // Changes MAC, MTU or state, as an administrator would; fd() stays the same. Frames that wait are kept.
  void set_info(PortInfo info) { info_ = std::move(info); }

  const PortInfo& info() const override { return info_; }
  const PortCounters& counters() const override { return counters_; }
  int fd() const override { return wakeup_.fd(); }
  std::span<const ByteView> receive() override;
  void send(std::span<const ByteView> frames) override;

 private:
  friend class MemorySwitch;
  bool wants(ByteView frame) const;
  void arrive(ByteView frame);

  MemorySwitch& fabric_;
  PortInfo info_;
  PortCounters counters_;
  io::Wakeup wakeup_;
  std::deque<std::vector<std::uint8_t>> waiting_;
  std::vector<std::vector<std::uint8_t>> handed_out_;
  std::vector<ByteView> views_;
};

}  // namespace aoekit::net
