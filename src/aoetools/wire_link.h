// One network interface for tools that ask and wait: AoE responses for this station, and nothing else, come in.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "net/frame_port.h"
#include "wire/frame.h"

namespace aoekit::aoetools {

class WireLink {
 public:
  // Fails, naming the remedy, when the interface is not there, is down or is no Ethernet, or without CAP_NET_RAW.
  static Result<WireLink> open(const std::string& interface);
  // For tests: any port.
  explicit WireLink(std::unique_ptr<net::FramePort> port) : port_(std::move(port)) {}

  const net::PortInfo& info() const { return port_->info(); }
  void send(ByteView frame) { port_->send({&frame, 1}); }

  // A response that is there: its header and all of its bytes, which hold during the call. True ends the wait.
  using Take = std::function<bool(const wire::Header& header, ByteView frame)>;
  // Hands each response to `take` until that is satisfied (true) or the deadline is reached (false).
  bool wait(Instant deadline, const Take& take);

 private:
  std::unique_ptr<net::FramePort> port_;
};

// Now, and a time from now; kForever for waits without end.
inline constexpr Instant kForever = Instant::max();

// The request header of a user-space tool: from our station, version 1, with the bit that the kernel driver ignores.
wire::Header tool_header(const net::PortInfo& port, wire::Command command, wire::MacAddress destination,
                         wire::AoeAddress address, std::uint32_t tag);
inline constexpr std::uint32_t kToolTag = 0x80000000;

// A fresh start for tags, different from run to run.
std::uint32_t random_tag();

}  // namespace aoekit::aoetools
