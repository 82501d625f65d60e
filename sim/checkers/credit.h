// Never more requests outstanding at a target than it advertised: what a sender owes, whatever happens to frames.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/bytes.h"
#include "base/time.h"
#include "wire/frame.h"

namespace aoekit::sim {

// Watches one station's frames. A request is outstanding at the MAC to which its latest copy went until an answer with
// its tag arrives, or until its sender may have given it up: after `patience`, the shortest time that it waits.
class CreditChecker {
 public:
  explicit CreditChecker(Duration patience) : patience_(patience) {}

  // Returns an empty string or what is wrong.
  std::string sent(ByteView frame, Instant now);
  void received(ByteView frame);
  // The sender is gone.
  void forget_all() { outstanding_.clear(), buffers_.clear(); }

 private:
  struct Sent {
    wire::MacAddress to;
    Instant at;
  };
  Duration patience_;
  std::map<wire::MacAddress, std::uint32_t> buffers_;
  std::map<std::uint32_t, Sent> outstanding_;  // by tag
};

}  // namespace aoekit::sim
