// Writes that may still have copies on their way: later ones to the same sectors wait until those cannot arrive any
// more; and where frames were cut anew, so does the end of the write itself.
#include <algorithm>
#include <bit>

#include "initiator/core.h"

namespace aoekit::initiator {

void InitiatorCore::end_quarantines(Device& device, Instant now) {
  if (device.wide_quarantine_until && *device.wide_quarantine_until <= now) device.wide_quarantine_until.reset();
  if (device.quarantines == 0) return;
  for (std::size_t i = quarantines_.size(); i-- > 0;) {
    if (quarantines_[i].device != device.id || quarantines_[i].until > now) continue;
    quarantines_.erase_at(i);
    --device.quarantines;
  }
}

// Whether the write has to wait. If all the copies went by one path that is up, it need not: it follows them there.
bool InitiatorCore::is_quarantined(Device& device, Request& request, Instant now) {
  end_quarantines(device, now);
  const SectorRange range = request.op.range;
  std::optional<Quarantine> found;
  const auto consider = [&](const Quarantine& quarantine) {
    if (!quarantine.range.overlaps(range)) return;
    if (!found) {
      found = quarantine;
      return;
    }
    found->until = std::max(found->until, quarantine.until);
    if (found->path != quarantine.path) found->path.reset();
  };
  if (device.wide_quarantine_until) {
    consider({device.id, device.wide_quarantine, *device.wide_quarantine_until, std::nullopt});
  }
  if (device.quarantines > 0) {
    for (const Quarantine& quarantine : quarantines_) {
      if (quarantine.device == device.id) consider(quarantine);
    }
  }
  if (!found) return false;
  request.pinned_to = found->path;
  request.pinned_until = found->until;
  const auto planned = timers_.deadline(device_timer(device.id));
  if (!planned || found->until < *planned) timers_.set(device_timer(device.id), found->until);
  if (found->path && device.paths[*found->path].is_usable()) return false;
  if (!request.is_quarantined) ++counters_.quarantined;
  request.is_quarantined = true;
  return true;
}

std::optional<Instant> InitiatorCore::next_quarantine_end(const Device& device) const {
  std::optional<Instant> next = device.wide_quarantine_until;
  if (device.quarantines == 0) return next;
  for (const Quarantine& quarantine : quarantines_) {
    if (quarantine.device == device.id) next = std::min(next.value_or(quarantine.until), quarantine.until);
  }
  return next;
}

// After a write of which copies may still be on their way.
void InitiatorCore::quarantine(Device& device, const Request& request, Instant now) {
  const Duration time = copy_lifetime(device);
  if (time <= Duration{0}) return;
  end_quarantines(device, now);
  if (!quarantines_.full()) {
    // A path with a copy lifetime of its own does not keep order: nothing may follow the copies there either.
    const bool keeps_order = options_.retransmit.copy_lifetime_one_path <= Duration{0};
    std::optional<std::uint8_t> path;
    if (keeps_order && std::has_single_bit(request.copy_paths)) {
      path = static_cast<std::uint8_t>(std::countr_zero(request.copy_paths));
    }
    quarantines_.push_back({device.id, request.op.range, now + time, path});
    ++device.quarantines;
    return;
  }
  // From the first to the last of its sectors is more than needed, but safe.
  SectorRange range = request.op.range;
  if (device.wide_quarantine_until) {
    const SectorRange& wide = device.wide_quarantine;
    const Lba first = std::min(range.first, wide.first);
    range = {first, Sectors{std::max(range.end(), wide.end()) - first.value}};
  }
  device.wide_quarantine = range;
  device.wide_quarantine_until = now + time;
}

// The path's number is another one's from now on.
void InitiatorCore::forget_in_quarantines(const Device& device, std::size_t path) {
  for (auto i = device.unfinished.first; i != kNoIndex; i = order_links_.next(i)) {
    if (requests_[i].pinned_to == path) requests_[i].pinned_to = static_cast<std::uint8_t>(kPathsMax);
  }
  for (Quarantine& quarantine : quarantines_) {
    if (quarantine.device == device.id && quarantine.path == path) quarantine.path.reset();
  }
}

void InitiatorCore::start_after_quarantine(Device& device, Instant now) {
  end_quarantines(device, now);
  for (auto i = device.unfinished.first; i != kNoIndex && device.held > 0; i = order_links_.next(i)) {
    const Request& request = requests_[i];
    if (request.stage == Request::Stage::held && request.is_quarantined) start_if_free(device, i, now);
  }
}

Duration InitiatorCore::copy_lifetime(const Device& device) const {
  const RetransmitOptions& retransmit = options_.retransmit;
  return device.paths.size() > 1 ? retransmit.copy_lifetime_several_paths : retransmit.copy_lifetime_one_path;
}

// Whether a write that was answered is not done yet. The frame that was cut anew may only be late. To a target it is no
// copy of those that took its place, so it would undo what another machine writes after this one's end.
bool InitiatorCore::must_settle(Device& device, Request& request, Instant now) {
  const Duration time = copy_lifetime(device);
  if (!request.is_recut || request.result.outcome != Outcome::ok || time <= Duration{0}) return false;
  request.is_recut = false;
  request.stage = Request::Stage::settling;
  request.settled_at = now + time;
  ++device.settling;
  ++counters_.settled;
  const auto planned = timers_.deadline(device_timer(device.id));
  if (!planned || request.settled_at < *planned) timers_.set(device_timer(device.id), request.settled_at);
  return true;
}

void InitiatorCore::finish_settled(Device& device, Instant now, Outbox& outbox) {
  for (auto i = device.unfinished.first; i != kNoIndex && device.settling > 0;) {
    const std::uint32_t index = i;
    i = order_links_.next(i);
    Request& request = requests_[index];
    if (request.stage != Request::Stage::settling || request.settled_at > now) continue;
    --device.settling;
    request.stage = Request::Stage::sent;
    request.copy_paths = 0;  // they have died out, too
    finish_if_done(device, index, now, outbox);
  }
}

std::optional<Instant> InitiatorCore::next_settled(const Device& device) const {
  std::optional<Instant> next;
  if (device.settling == 0) return next;
  for (auto i = device.unfinished.first; i != kNoIndex; i = order_links_.next(i)) {
    const Request& request = requests_[i];
    if (request.stage != Request::Stage::settling) continue;
    next = std::min(next.value_or(request.settled_at), request.settled_at);
  }
  return next;
}

}  // namespace aoekit::initiator
