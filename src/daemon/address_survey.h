// Asks the network, once for many exports, which of their addresses others answer for already.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/event_loop.h"
#include "io/timer.h"
#include "net/frame_port.h"
#include "wire/address.h"

namespace aoekit::daemon {

// Who answered for an address.
struct Occupant {
  wire::AoeAddress address;
  std::string interface;
  wire::MacAddress mac;
  auto operator<=>(const Occupant&) const = default;
};

// One survey at a time, without waiting for it. Thread: the loop's. As with find_other_target(), a target that hides from
// us behind a mask list is not seen.
class AddressSurvey {
 public:
  // Opens a port that receives responses.
  using OpenPort = std::function<Result<std::unique_ptr<net::FramePort>>(const std::string& interface)>;
  // Sorted, each once.
  using Done = std::function<void(std::vector<Occupant>)>;

  static Result<std::unique_ptr<AddressSurvey>> create(io::EventLoop& loop, OpenPort open);
  ~AddressSurvey();

  bool running() const { return !ports_.empty(); }
  // Asks three times within `patience` and calls `done` then, or, while answers still come in from a target with many
  // exports, a little later. An interface that cannot be asked is logged and left out; without any `done` is called at
  // once. `done` may start the next one, or destroy the survey. REQUIRES !running().
  void start(const std::vector<std::string>& interfaces, std::vector<wire::AoeAddress> addresses, Duration patience,
             Done done);

 private:
  struct Port {
    std::unique_ptr<net::FramePort> port;
    io::SourceId source;
  };
  AddressSurvey(io::EventLoop& loop, OpenPort open, io::Timer timer)
      : loop_(loop), open_(std::move(open)), timer_(std::move(timer)) {}
  void ask();
  void on_answers(net::FramePort& port);
  void on_time();
  void finish();

  io::EventLoop& loop_;
  const OpenPort open_;
  io::Timer timer_;
  io::SourceId timer_source_;
  std::vector<Port> ports_;
  std::vector<wire::AoeAddress> addresses_;  // sorted
  Duration interval_{};
  int questions_left_ = 0;
  Instant last_answer_{};
  Instant end_{};  // however many answers come
  std::vector<Occupant> occupants_;
  Done done_;
};

}  // namespace aoekit::daemon
