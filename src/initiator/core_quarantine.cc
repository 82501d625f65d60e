// Ranges whose last write may still have copies on their way: later writes wait until those cannot arrive any more.
#include <algorithm>

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

// Nothing: the range is free.
std::optional<Instant> InitiatorCore::quarantined_until(Device& device, SectorRange range, Instant now) {
  end_quarantines(device, now);
  std::optional<Instant> until;
  if (device.wide_quarantine_until && device.wide_quarantine.overlaps(range)) until = device.wide_quarantine_until;
  if (device.quarantines == 0) return until;
  for (const Quarantine& quarantine : quarantines_) {
    if (quarantine.device != device.id || !quarantine.range.overlaps(range)) continue;
    until = std::max(until.value_or(quarantine.until), quarantine.until);
  }
  return until;
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
  const RetransmitOptions& retransmit = options_.retransmit;
  const Duration time =
      device.paths.size() > 1 ? retransmit.copy_lifetime_several_paths : retransmit.copy_lifetime_one_path;
  if (time <= Duration{0}) return;
  end_quarantines(device, now);
  if (!quarantines_.full()) {
    quarantines_.push_back({device.id, request.op.range, now + time});
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

void InitiatorCore::start_after_quarantine(Device& device, Instant now) {
  end_quarantines(device, now);
  for (auto i = device.unfinished.first; i != kNoIndex && device.held > 0; i = order_links_.next(i)) {
    const Request& request = requests_[i];
    if (request.stage == Request::Stage::held && request.not_before) start_if_free(device, i, now);
  }
}

}  // namespace aoekit::initiator
