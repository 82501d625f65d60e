// A station on the network, for tools: sends frames, waits for what comes back. Synchronous, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/interrupt.h"
#include "net/frame_port.h"
#include "wire/frame.h"

namespace aoekit::cli {

// A frame that came in, copied.
struct Arrival {
  std::size_t port = 0;  // which of the station's ports
  Instant at{};          // when it was taken from the port
  std::vector<std::uint8_t> bytes;
};

// A frame that came in, in the port's memory: holds until the next call that waits or receives.
struct ArrivalView {
  std::size_t port = 0;
  ByteView bytes;
};

// Why a wait ended.
enum class Waited { ready, timeout, interrupted };

// How often and how long exchange() tries: `tries` transmissions, each followed by `timeout` of waiting.
struct Patience {
  Duration timeout = std::chrono::milliseconds(500);
  unsigned tries = 3;
};

class Station {
 public:
  // Opens the named interfaces, or all usable ones when `interfaces` is empty (interfaces.h). Needs CAP_NET_RAW.
  // `interrupt` may be null; if not, it outlives the station and ends every wait once it arrived.
  static Result<Station> open(const std::vector<std::string>& interfaces, Interrupt* interrupt);
  // REQUIRES: at least one port.
  Station(std::vector<std::unique_ptr<net::FramePort>> ports, Interrupt* interrupt);

  std::size_t port_count() const { return ports_.size(); }
  const net::PortInfo& port(std::size_t index) const { return ports_[index]->info(); }
  const net::PortCounters& counters(std::size_t index) const { return ports_[index]->counters(); }
  // "eth0" or "eth0, eth1"
  std::string port_names() const;

  // Never given out twice in a row; the user-space bit is set, and the start differs from run to run.
  std::uint32_t next_tag();

  // A request header from `port`: our source MAC, a fresh tag, version 1.
  wire::Header request_header(std::size_t port, wire::Command command, wire::MacAddress destination,
                              wire::AoeAddress address);

  // Sends bytes as they are, valid frame or not. At least an Ethernet header's length.
  void send(std::size_t port, ByteView frame);

  // Waits until a port has frames, the deadline is reached, or Ctrl-C.
  Waited wait_until(Instant deadline);
  // All that is there now, without waiting.
  std::vector<ArrivalView> receive();
  // What ends waits early; may be null.
  Interrupt* interrupt() const { return interrupt_; }
  bool interrupted() const { return interrupt_ != nullptr && interrupt_->arrived(); }

  // Every AoE frame that arrives from now on until `time` has passed (or Ctrl-C).
  std::vector<Arrival> capture(Duration time);
  // Forgets what has arrived so far, sends `frame` once, and captures: for tests that provoke a target.
  std::vector<Arrival> capture_after(std::size_t port, ByteView frame, Duration time);
  // Sends `frame` and returns the responses with its tag that arrive on that port within `time`.
  std::vector<Arrival> collect(std::size_t port, ByteView frame, Duration time);
  // Sends `frame` and waits for the first response with its tag, sending it again unchanged as `patience` says.
  // A response is taken from anybody when the frame went to broadcast, else only from whom it was sent to.
  // Fails with os_error ETIMEDOUT when nothing came, EINTR on Ctrl-C.
  Result<Arrival> exchange(std::size_t port, ByteView frame, const Patience& patience);

 private:
  std::optional<Arrival> first_response(std::size_t port, const wire::Header& request, Instant deadline);

  std::vector<std::unique_ptr<net::FramePort>> ports_;
  Interrupt* interrupt_;
  std::uint32_t tag_;
};

// Whether `frame` is a response to a request with this header: Response flag, same tag and command, and, unless the
// request went to broadcast, from the station it was sent to.
bool is_response_to(const wire::Header& request, ByteView frame);

}  // namespace aoekit::cli
