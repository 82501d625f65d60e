// Who writes an export: the holder of an exclusive one, and the second writer of one that nobody declared shared.
#pragma once

#include <optional>

#include "base/time.h"
#include "target/access.h"
#include "target/events.h"
#include "target/limits.h"
#include "target/outbox.h"
#include "wire/mac_address.h"

namespace aoekit::target {

// One export's. A station is one MAC address: of a machine with several only one holds, unless a reservation names them
// all (the owner of this object then does not ask it).
class Writers {
 public:
  // What was known stays, but for the holder of an export that is no longer exclusive.
  void set_rules(Sharing sharing, Duration exclusive_timeout);

  // Whether nobody else holds the export.
  bool permits(const wire::MacAddress& station, Instant now) const {
    return sharing_ != Sharing::exclusive || !holder_ || *holder_ == station || is_silent(now);
  }
  // Whether `station`, which is permitted, would become the holder by writing.
  bool would_take(const wire::MacAddress& station) const {
    return sharing_ == Sharing::exclusive && holder_ != station;
  }
  // Anything at all came from `station`: a holder that only asks who is there is alive.
  void heard(const wire::MacAddress& station, Instant now) {
    if (holder_ == station) holder_heard_ = now;
  }
  // A write of `station` was accepted. REQUIRES permits(station, now).
  void wrote(ExportId device, const wire::MacAddress& station, Instant now, EventQueue& events);

  std::optional<wire::MacAddress> holder(Instant now) const { return is_silent(now) ? std::nullopt : holder_; }
  // Nobody holds the export any more. Whether somebody did.
  bool release(ExportId device, EventQueue& events);

 private:
  bool is_silent(Instant now) const { return holder_ && now - holder_heard_ >= exclusive_timeout_; }

  Sharing sharing_ = Sharing::single;
  Duration exclusive_timeout_ = kExclusiveTimeoutDefault;
  std::optional<wire::MacAddress> holder_;
  Instant holder_heard_{};
  std::optional<wire::MacAddress> last_writer_;
  Instant last_write_{};
  std::optional<Instant> told_;  // when the last second_writer event was
};

}  // namespace aoekit::target
