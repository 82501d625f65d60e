// For tests: a frame port whose far side is a function that answers each sent frame.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <functional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/fd.h"
#include "net/frame_port.h"

namespace aoekit::cli {

inline constexpr wire::MacAddress kFakeOwnMac{{2, 0, 0, 0, 0, 0x0a}};

class FakePort final : public net::FramePort {
 public:
  using Bytes = std::vector<std::uint8_t>;
  using FarSide = std::function<std::vector<Bytes>(ByteView sent)>;

  FakePort(std::string name, FarSide far_side) : far_side_(std::move(far_side)), event_(::eventfd(0, EFD_NONBLOCK)) {
    info_ = {.name = std::move(name), .mac = kFakeOwnMac, .mtu_bytes = 1500, .up = true};
  }

  const net::PortInfo& info() const override { return info_; }
  const net::PortCounters& counters() const override { return counters_; }
  int fd() const override { return event_.get(); }

  std::span<const ByteView> receive() override {
    std::uint64_t count = 0;
    if (::read(event_.get(), &count, sizeof count) < 0) count = 0;
    delivered_ = std::exchange(waiting_, {});
    views_.assign(delivered_.begin(), delivered_.end());
    return views_;
  }
  void send(std::span<const ByteView> frames) override {
    for (const ByteView frame : frames) {
      ++frames_sent_;
      for (Bytes& answer : far_side_(frame)) arrive(std::move(answer));
    }
  }

  void arrive(Bytes frame) {
    waiting_.push_back(std::move(frame));
    const std::uint64_t one = 1;
    AOEKIT_CHECK(::write(event_.get(), &one, sizeof one) == sizeof one);
  }
  int frames_sent() const { return frames_sent_; }

 private:
  net::PortInfo info_;
  net::PortCounters counters_;
  FarSide far_side_;
  Fd event_;
  std::vector<Bytes> waiting_, delivered_;
  std::vector<ByteView> views_;
  int frames_sent_ = 0;
};

}  // namespace aoekit::cli
