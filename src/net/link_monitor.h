// News of network interfaces: changed, gone, come back (rtnetlink).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "net/interface.h"

namespace aoekit::net {

struct LinkEvent {
  enum class Kind : std::uint8_t { changed, gone } kind = Kind::changed;
  // The state now, or the last one known of an interface that is gone. A renamed interface is gone under its old name.
  InterfaceState state;
};

// Watches all interfaces of the network namespace it was created in. One thread; needs no privilege.
class LinkMonitor {
 public:
  // The first read()s report every interface that exists, as changed.
  static Result<LinkMonitor> create();

  // Readable (epoll, level-triggered) while read() has something to look at.
  int fd() const { return fd_.get(); }

  // What has happened since the last call, oldest first; only true changes. Possibly empty; never waits. If the kernel
  // had to drop messages, everything is asked for anew and the differences are reported. The events hold until the
  // next call. An Error means that nothing more will be heard.
  Result<std::span<const LinkEvent>> read();

 private:
  explicit LinkMonitor(Fd fd);
  Status request_dump();
  Status take_messages(ByteView messages);
  void take_link(ByteView message);
  void take_gone_link(ByteView message);
  void finish_dump();
  void report_gone(const InterfaceState& state);

  struct Known {
    InterfaceState state;
    std::uint32_t seen_in_dump = 0;
  };
  Fd fd_;
  std::vector<std::uint8_t> buffer_;
  std::map<int, Known> known_;  // by interface index
  std::vector<LinkEvent> events_;
  std::uint32_t dump_ = 0;        // number of the latest dump, its messages' sequence number
  bool dump_running_ = false;
  bool dump_wanted_ = false;      // once the buffer is empty and the one that runs is over
};

}  // namespace aoekit::net
