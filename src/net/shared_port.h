// For tests: ports of a switch in memory that several threads use.
#pragma once

#include <mutex>

#include "net/memory_switch.h"

namespace aoekit::net {

// A port of a MemorySwitch whose ports are used by several threads: one lock for the whole switch.
class SharedPort final : public FramePort {
 public:
  SharedPort(std::mutex& mutex, MemoryPort& port) : mutex_(mutex), port_(port), info_(port.info()) {}

  const PortInfo& info() const override { return info_; }
  const PortCounters& counters() const override { return port_.counters(); }
  int fd() const override { return port_.fd(); }
  std::span<const ByteView> receive() override {
    const std::lock_guard lock(mutex_);
    return port_.receive();
  }
  void send(std::span<const ByteView> frames) override {
    const std::lock_guard lock(mutex_);
    port_.send(frames);
  }
  void set_info(const PortInfo& info) {
    info_ = info;
    const std::lock_guard lock(mutex_);
    port_.set_info(info);
  }

 private:
  std::mutex& mutex_;
  MemoryPort& port_;
  PortInfo info_;
};

}  // namespace aoekit::net
