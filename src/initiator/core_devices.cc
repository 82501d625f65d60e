// What becomes of a disk as time goes by: probing, going down, being opened and forgotten.
#include <algorithm>

#include "base/check.h"
#include "initiator/core.h"

namespace aoekit::initiator {

// When the disk is down if nothing is heard from it until then.
std::optional<Instant> InitiatorCore::dead_at(const Device& device) const {
  if (!options_.dead_after || device.state != DeviceState::up) return std::nullopt;
  if (device.unfinished.empty()) {
    if (device.has_usable_path()) return std::nullopt;
    return device.last_answer + *options_.dead_after;
  }
  return std::max(device.last_answer, device.busy_since) + *options_.dead_after;
}

// Brings the device's timer, and what is to be asked of whom, into line with its state.
void InitiatorCore::plan(Device& device) {
  const bool is_wanted = device.open_count > 0 || !device.unfinished.empty();
  const bool is_usable = device.has_usable_path();
  std::optional<Instant> next = dead_at(device);
  const auto consider = [&next](std::optional<Instant> time) {
    if (time) next = std::min(next.value_or(*time), *time);
  };
  for (Path& path : device.paths) {
    if (path.state == PathState::down) {
      // One by one as long as another path is there; else everybody is asked for the address, see below.
      if (!is_wanted || !is_usable || !is_up(path.port)) {
        path.probe_at.reset();
      } else if (!path.probe_at) {
        path.probe_at = latest_ + options_.discovery.probe_interval;
      }
    }
    consider(path.probe_at);
    if (path.identify_at && (*path.identify_at > latest_ || !device.has_questions_due)) consider(path.identify_at);
  }
  if (is_usable || !is_wanted) {
    device.probe_at.reset();
  } else if (!device.probe_at) {
    device.probe_at = latest_;
  }
  consider(device.probe_at);
  if (!device.unfinished.empty()) consider(next_quarantine_end(device));
  consider(next_settled(device));
  if (next) {
    timers_.set(device_timer(device.id), *next);
  } else {
    timers_.cancel(device_timer(device.id));
  }
}

// After a request was submitted to an idle disk. Timers that come too early cost little, so most often this does
// nothing.
void InitiatorCore::watch(Device& device) {
  if (!device.has_usable_path()) return plan(device);
  const auto dead = dead_at(device);
  const auto planned = timers_.deadline(device_timer(device.id));
  if (dead && (!planned || *dead < *planned)) timers_.set(device_timer(device.id), *dead);
}

// The device's timer.
void InitiatorCore::look_after(Device& device, Instant now, Outbox& outbox) {
  finish_settled(device, now, outbox);  // first, because nothing had to be heard meanwhile
  if (dead_at(device).value_or(Instant::max()) <= now) set_down(device, now);
  for (std::size_t i = 0; i < device.paths.size(); ++i) {
    const Path& path = device.paths[i];
    if (path.identify_at && *path.identify_at <= now) device.has_questions_due = true;
    if (path.probe_at && *path.probe_at <= now) on_probe_due(device, i, now, outbox);
  }
  if (device.probe_at && *device.probe_at <= now) {
    broadcast(device.address, outbox);
    ++counters_.probes;
    device.probe_at = now + options_.discovery.probe_interval;
  }
  start_after_quarantine(device, now);
  plan(device);
  want_to_send(device);
}

void InitiatorCore::want_to_send(Device& device) {
  if (!hungry_links_.is_linked(device.id.value)) hungry_links_.push_back(hungry_, device.id.value);
}

// Nothing was heard for dead_after.
void InitiatorCore::set_down(Device& device, Instant now) {
  device.state = DeviceState::down;
  fail_all(device, Outcome::no_answer, now);
  for (std::size_t i = 0; i < device.paths.size(); ++i) {
    if (device.paths[i].is_usable()) set_path_down(device, i, DeviceEventKind::path_lost);
  }
  tell(DeviceEventKind::down, device);
  plan(device);
}

void InitiatorCore::open(DeviceId id) {
  Device& device = *devices_[id.value];
  ++device.open_count;
  plan(device);
}

void InitiatorCore::close(DeviceId id) {
  Device& device = *devices_[id.value];
  AOEKIT_CHECK(device.open_count > 0);
  --device.open_count;
  // Now another disk may have the address.
  if (device.open_count == 0) {
    for (Path& path : device.paths) {
      if (path.state == PathState::refused && is_up(path.port)) path.identify_at = latest_;
    }
  }
  plan(device);
}

bool InitiatorCore::forget(DeviceId id) {
  Device& device = *devices_[id.value];
  if (device.open_count > 0 || !device.unfinished.empty()) return false;
  tell(DeviceEventKind::forgotten, device);
  end_questions_of(device);
  timers_.cancel(device_timer(id));
  if (hungry_links_.is_linked(id.value)) hungry_links_.remove(hungry_, id.value);
  if (asking_links_.is_linked(id.value)) asking_links_.remove(asking_, id.value);
  by_address_.erase(device.address);
  // Quarantines outlive it: they are about the disk, not about what we know of it.
  Device fresh(id, device.address);
  fresh.quarantines = device.quarantines;
  fresh.wide_quarantine = device.wide_quarantine;
  fresh.wide_quarantine_until = device.wide_quarantine_until;
  device = std::move(fresh);
  return true;
}

}  // namespace aoekit::initiator
