// Changes of what an export keeps over restarts that wait until they are stored: a bounded table.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "target/limits.h"
#include "target/outbox.h"
#include "target/persistent_state.h"
#include "wire/frame.h"

namespace aoekit::target {

// A command that was understood and is answered when its effect has been stored.
struct StateChange {
  ExportId device;
  PortId port;            // kNoPort: nobody is answered any more
  wire::Header header;    // of the newest copy of the command
  std::uint8_t op = 0;    // its sub-command
  PersistentState state;  // as it will be
};

// What became of a StateWrite.
enum class Stored : std::uint8_t { kept, failed };

class StateChanges {
 public:
  explicit StateChanges(Persistence persistence)
      : changes_(persistence == Persistence::required ? kStateWritesMax : 0) {}

  // The change's cookie; nothing when too many wait.
  std::optional<std::uint32_t> add(StateChange change);
  // REQUIRES a cookie that was added and not taken.
  StateChange& operator[](std::uint32_t cookie);
  const StateChange& operator[](std::uint32_t cookie) const;
  StateChange take(std::uint32_t cookie);
  std::size_t count() const { return count_; }
  // Whoever waits at that port is not answered.
  void forget_port(PortId port);

 private:
  std::vector<std::optional<StateChange>> changes_;  // by cookie
  std::size_t count_ = 0;
};

}  // namespace aoekit::target
