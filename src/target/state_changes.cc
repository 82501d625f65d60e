// Commands that change what an export keeps, from their arrival over the owner's storage to their answer.
#include "target/state_changes.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "target/reply.h"

namespace aoekit::target {

std::optional<std::uint32_t> StateChanges::add(StateChange change) {
  const auto free = std::ranges::find_if(changes_, [](const auto& place) { return !place.has_value(); });
  if (free == changes_.end()) return std::nullopt;
  *free = std::move(change);
  ++count_;
  return static_cast<std::uint32_t>(free - changes_.begin());
}

StateChange& StateChanges::operator[](std::uint32_t cookie) {
  AOEKIT_CHECK(cookie < changes_.size() && changes_[cookie].has_value());
  return *changes_[cookie];
}

const StateChange& StateChanges::operator[](std::uint32_t cookie) const {
  AOEKIT_CHECK(cookie < changes_.size() && changes_[cookie].has_value());
  return *changes_[cookie];
}

StateChange StateChanges::take(std::uint32_t cookie) {
  StateChange change = std::move((*this)[cookie]);
  changes_[cookie].reset();
  --count_;
  return change;
}

void StateChanges::forget_port(PortId port) {
  for (std::optional<StateChange>& change : changes_) {
    if (change && change->port == port) change->port = kNoPort;
  }
}

PersistentState TargetCore::state_of(ExportId id) const {
  const Export& target = exports_[id.value];
  return {target.config_string, target.mask, target.reserved_for};
}

void TargetCore::set_state(ExportId id, PersistentState state) {
  AOEKIT_CHECK(!is_state_pending(id));
  adopt(exports_[id.value], std::move(state));
}

void TargetCore::adopt(Export& target, PersistentState state) {
  AOEKIT_CHECK(state.config_string.size() <= wire::kConfigStringBytesMax);
  AOEKIT_CHECK(state.mask.size() <= wire::kMaskEntriesMax && state.reserved_for.size() <= wire::kReserveEntriesMax);
  target.config_string = std::move(state.config_string);
  target.mask = std::move(state.mask);
  target.reserved_for = std::move(state.reserved_for);
}

bool TargetCore::keeps(const Arrival& arrival, std::uint8_t op, PersistentState wanted, Outbox& outbox) {
  Export& target = arrival.target;
  if (wanted == state_of(arrival.id)) return true;
  if (limits_.persistence == Persistence::none) {
    adopt(target, std::move(wanted));
    return true;
  }
  if (target.state_change) {
    StateChange& pending = state_changes_[*target.state_change];
    const bool is_copy = pending.header.source == arrival.header.source &&
                         pending.header.command == arrival.header.command && pending.op == op &&
                         pending.state == wanted;
    if (!is_copy) {
      ++counters_.dropped_state_busy;
      return false;
    }
    ++counters_.duplicates;
    pending.header = arrival.header;  // the sender may wait for the newest tag only
    pending.port = arrival.port;
    return false;
  }
  target.state_change = state_changes_.add({arrival.id, arrival.port, arrival.header, op, std::move(wanted)});
  if (!target.state_change) {
    ++counters_.dropped_state_busy;
    return false;
  }
  outbox.states.push_back({arrival.id, *target.state_change});
  return false;
}

void TargetCore::on_state_stored(std::uint32_t cookie, Stored stored, Instant now, Outbox& outbox) {
  StateChange change = state_changes_.take(cookie);
  Export& target = exports_[change.device.value];
  target.state_change.reset();
  if (stored == Stored::kept) {
    adopt(target, std::move(change.state));
    if (change.header.command == static_cast<std::uint8_t>(wire::Command::reserve)) release_holder(change.device);
  }
  if (change.port == kNoPort) return;
  const Arrival arrival{change.port, change.header, target, change.device, now};
  if (stored == Stored::failed) {
    ++counters_.unavailable;
    return reply_error(arrival, wire::AoeError::device_unavailable, outbox);
  }
  switch (static_cast<wire::Command>(change.header.command)) {
    case wire::Command::ata: break;
    case wire::Command::config: return reply(arrival, config_of(target, change.port, change.op), outbox);
    case wire::Command::mask: return reply_mask(arrival, change.op, outbox);
    case wire::Command::reserve: return reply_reserve(arrival, change.op, outbox);
  }
  AOEKIT_CHECK(false);
}

}  // namespace aoekit::target
