// Events of the target core as lines of the log, with the stations' names, and not more often than people can read.
#pragma once

#include <map>
#include <tuple>

#include "base/time.h"
#include "config/config.h"
#include "target/events.h"
#include "wire/address.h"

namespace aoekit::daemon {

// Decides which of many equal messages are written: of each key one in `interval`. Bounded: it forgets keys whose time is
// over, and with more than kKeysMax that are not, lets nothing new pass.
class EventLog {
 public:
  static constexpr std::size_t kKeysMax = 4096;

  explicit EventLog(Duration interval) : interval_(interval) {}

  // Writes the event, unless the same was written within the interval.
  void write(wire::AoeAddress address, const target::TargetEvent& event, const config::Names& names, Instant now);
  // The line; empty while it would be one too many. Afterwards says how many were left out meanwhile.
  std::string line(wire::AoeAddress address, const target::TargetEvent& event, const config::Names& names, Instant now);

 private:
  struct Told {
    Instant at{};
    std::size_t left_out = 0;
  };
  using Key = std::tuple<wire::AoeAddress, target::TargetEvent::Kind, wire::MacAddress>;

  Duration interval_;
  std::map<Key, Told> told_;
};

}  // namespace aoekit::daemon
