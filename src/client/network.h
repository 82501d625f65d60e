// The interfaces that an engine works with, as ports that come, change and go.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "net/frame_port.h"

namespace aoekit::client {

// Threads: the engine calls everything under its lock, except that one thread may receive() on ports meanwhile; that
// thread is the one that calls follow().
class Network {
 public:
  virtual ~Network() = default;

  // Numbers are given out once: a port keeps its number when its interface goes and comes back.
  virtual std::size_t port_count() const = 0;
  // The reference holds until the next follow().
  virtual net::FramePort& port(std::size_t index) = 0;

  // Readable (epoll, level-triggered) while follow() has something to look at; -1 if nothing ever changes.
  virtual int changes_fd() const = 0;
  // Brings the ports up to date and calls `changed` for each that is new or not as it was. An Error: nothing more will
  // be noticed.
  [[nodiscard]] virtual Status follow(const std::function<void(std::size_t index)>& changed) = 0;
};

}  // namespace aoekit::client
