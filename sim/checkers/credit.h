// Never more requests outstanding at a target than it advertised: what a sender owes, whatever happens to frames.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/bytes.h"
#include "wire/frame.h"

namespace aoekit::sim {

// Watches one station's frames. A request is outstanding at the MAC to which its latest copy went, from then until an
// answer with its tag arrives or its sender gives it up.
class CreditChecker {
 public:
  // Each returns an empty string or what is wrong.
  std::string sent(ByteView frame);
  void received(ByteView frame);
  // The sender is gone, or has given up everything.
  void forget_all() { targets_.clear(), outstanding_.clear(); }

 private:
  struct Target {
    std::uint32_t buffers = 0;
    // A count that was lowered binds new frames; those that are outstanding already are allowed to end.
    std::uint32_t outstanding = 0;
  };
  std::map<wire::MacAddress, Target> targets_;
  std::map<std::uint32_t, wire::MacAddress> outstanding_;  // by tag
};

}  // namespace aoekit::sim
