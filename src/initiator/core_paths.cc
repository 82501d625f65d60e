// Which ways to a disk are open, and which one a frame takes.
#include <algorithm>

#include "base/check.h"
#include "initiator/core.h"

namespace aoekit::initiator {
namespace {

// For the comparison of paths, before the first round trip was measured.
constexpr Duration kRoundTripGuess = std::chrono::milliseconds(1);

// What one sector more costs, as the expected wait over the sectors that a frame carries, compared without division.
struct PathCost {
  std::uint64_t wait_ns = 0;
  std::uint64_t sectors = 1;

  bool operator<(const PathCost& other) const { return wait_ns * other.sectors < other.wait_ns * sectors; }
};

PathCost cost_of(const Path& path, std::uint64_t sectors) {
  const Duration round_trip =
      std::clamp<Duration>(path.rtt.smoothed().value_or(kRoundTripGuess), std::chrono::microseconds(1),
                           std::chrono::seconds(100));
  return {static_cast<std::uint64_t>(round_trip.count()) * (path.on_the_wire + 1),
          std::clamp<std::uint64_t>(sectors, 1, path.sectors)};
}

}  // namespace

bool InitiatorCore::any_up(const Device& device) {
  return std::any_of(device.paths.begin(), device.paths.end(),
                     [](const Path& path) { return path.is_usable() && path.state == PathState::up; });
}

std::optional<std::size_t> InitiatorCore::find_path(const Device& device, PortId port, wire::MacAddress mac) const {
  for (std::size_t i = 0; i < device.paths.size(); ++i) {
    const Path& path = device.paths[i];
    if (path.port == port && device.target_of(path).mac == mac) return i;
  }
  return std::nullopt;
}

// The path where `sectors` more wait least, of those that carry `sectors_min` and whose window has room: paths that are
// up; if there are none, those that are suspect, in turn. A copy goes by another path than `avoid`, if one of them has
// room.
std::optional<std::size_t> InitiatorCore::choose_path(const Device& device, std::uint64_t sectors,
                                                      std::uint64_t sectors_min,
                                                      std::optional<std::size_t> avoid) const {
  const bool has_up = any_up(device);
  const PathState wanted = has_up ? PathState::up : PathState::suspect;
  std::optional<std::size_t> best;
  PathCost best_cost;
  for (std::size_t k = 0; k < device.paths.size(); ++k) {
    // From the one after `avoid` on, so that suspects take turns.
    const std::size_t i = (avoid.value_or(device.paths.size() - 1) + 1 + k) % device.paths.size();
    const Path& path = device.paths[i];
    if (!path.is_usable() || path.state != wanted || path.sectors < sectors_min) continue;
    if (!device.target_of(path).has_room()) continue;
    const bool is_avoided = i == avoid;
    if (is_avoided && best) continue;
    if (!has_up) return i;
    const PathCost cost = cost_of(path, sectors);
    if (best && !(cost < best_cost)) continue;
    best = i;
    best_cost = cost;
  }
  return best;
}

bool InitiatorCore::has_room(const Device& device, std::size_t path) const {
  return path < device.paths.size() && device.paths[path].is_usable() &&
         device.target_of(device.paths[path]).has_room();
}

std::optional<std::size_t> InitiatorCore::path_for_new(const Device& device, const Request& request,
                                                       Instant now) const {
  if (!request.pinned_to || now >= request.pinned_until) {
    return choose_path(device, request.op.range.count.count - request.sectors_cut, 1, std::nullopt);
  }
  if (has_room(device, *request.pinned_to)) return *request.pinned_to;
  return std::nullopt;
}

// A first copy goes the same way, if others were answered there meanwhile: then it cannot do harm by arriving late
// (core_quarantine.cc). Further ones go elsewhere.
std::optional<std::size_t> InitiatorCore::path_for_waiting(const Device& device, const FrameSlot& slot,
                                                           Instant now) const {
  const Request& request = requests_[slot.request];
  if (request.pinned_to && now < request.pinned_until) return path_for_new(device, request, now);
  const std::uint64_t sectors = slot.piece > 0 ? slot.piece : slot.range.count.count;
  if (slot.times_sent == 0) return choose_path(device, sectors, 1, std::nullopt);
  const bool is_alive = device.paths[slot.path].state == PathState::up && has_room(device, slot.path);
  const bool keeps_size = keeps_its_size(device, slot);
  const std::uint64_t sectors_min = keeps_size ? slot.piece : 1;
  if (slot.times_sent == 1 && is_alive && device.paths[slot.path].sectors >= sectors_min) return slot.path;
  return choose_path(device, sectors, sectors_min, slot.path);
}

// Whether a frame is to be sent again as it is, though it may have to wait for room on a path that carries it. Cut
// anew, a write would have to wait longer in the end (core_quarantine.cc).
bool InitiatorCore::keeps_its_size(const Device& device, const FrameSlot& slot) const {
  const Request& request = requests_[slot.request];
  if (request.op.kind != block::OpKind::write || slot.times_sent == 0) return false;
  const PathState wanted = any_up(device) ? PathState::up : PathState::suspect;
  return std::any_of(device.paths.begin(), device.paths.end(), [&](const Path& path) {
    return path.is_usable() && path.state == wanted && path.sectors >= slot.piece;
  });
}

// What fits a frame of the path. 0: the MTU is too small for any.
std::uint32_t InitiatorCore::sectors_of(const Path& path) const {
  std::uint32_t sectors = std::min(path.sectors_advertised, options_.limits.sectors_per_frame_max);
  sectors = std::min(sectors, wire::sectors_that_fit(ports_[path.port.value].mtu_bytes));
  return path.only_small ? std::min(sectors, kSectorsPerFrameSafe) : sectors;
}

// Anything came from there.
void InitiatorCore::heard(Device& device, std::size_t index, Instant now) {
  Path& path = device.paths[index];
  path.last_heard = now;
  if (!path.is_usable()) return;
  device.last_answer = now;
  // It was really away for a while: what was sent meanwhile is not waited for.
  if (path.probes_unanswered > 0) take_frames_off(device, index, now);
  path.probes_unanswered = 0;
  if (path.state == PathState::suspect) path.probe_at.reset();
  path.state = PathState::up;
}

void InitiatorCore::suspect(Device& device, std::size_t index, Instant now, Outbox& outbox) {
  Path& path = device.paths[index];
  if (path.state != PathState::up) return;
  path.state = PathState::suspect;
  path.probes_unanswered = 0;
  path.expected_since = now;
  path.probe_at = now + options_.discovery.probe_interval;
  probe(device, index, outbox);
  hasten_frames(device, index, now);
  plan(device);
}

// Where another path is up, what is on the wire of a suspect one is not waited for longer than an answer takes, however
// long its back-off has become.
void InitiatorCore::hasten_frames(const Device& device, std::size_t index, Instant now) {
  if (!any_up(device)) return;
  const Duration overdue_after = device.paths[index].rtt.overdue_after();
  for (const SlotIndex slot_index : frames_.in_flight()) {
    const FrameSlot& slot = slots_[slot_index];
    if (slot.stage != FrameSlot::Stage::on_the_wire || slot.path != index || &device_of(slot) != &device) continue;
    const auto deadline = timers_.deadline(slot_index);
    const Instant overdue = (is_slow(slot) ? now : slot.last_sent_at) + overdue_after;
    if (deadline && overdue < *deadline) timers_.set(slot_index, overdue);
  }
}

void InitiatorCore::probe(const Device& device, std::size_t index, Outbox& outbox) {
  const Path& path = device.paths[index];
  if (!is_up(path.port)) return;
  if (send_config_query(path.port, device.target_of(path).mac, device.address, outbox)) ++counters_.probes;
}

void InitiatorCore::on_probe_due(Device& device, std::size_t index, Instant now, Outbox& outbox) {
  Path& path = device.paths[index];
  path.probe_at.reset();
  if (path.is_usable() && path.last_heard >= path.expected_since) {
    path.probes_unanswered = 0;
    return;
  }
  if (path.is_usable()) {
    path.state = PathState::suspect;
    if (++path.probes_unanswered >= kProbesUntilDown) set_path_down(device, index, DeviceEventKind::path_lost);
  }
  path.probe_at = now + options_.discovery.probe_interval;
  probe(device, index, outbox);
}

// Its frames go by other paths, or wait. What is known of its speed may not hold when it comes back.
void InitiatorCore::set_path_down(Device& device, std::size_t index, DeviceEventKind event) {
  Path& path = device.paths[index];
  const bool was_usable = path.state == PathState::up || path.state == PathState::suspect;
  path.state = event == DeviceEventKind::conflict ? PathState::refused : PathState::down;
  path.identify_at.reset();
  path.probe_at.reset();
  path.probes_unanswered = 0;
  path.only_small = false;
  path.large_losses = 0;
  path.sectors = sectors_of(path);
  path.rtt = RttEstimator(options_.retransmit);
  path.slow_rtt = RttEstimator(Path::for_slow_commands(options_.retransmit));
  take_frames_off(device, index, Instant::max());
  if (was_usable || event == DeviceEventKind::conflict) tell(event, device, &path);
}

// They are the next to be sent, wherever they go: their target may have them in its buffers, which nobody else may fill
// before. Those that timed out were waited for long enough.
void InitiatorCore::take_frames_off(Device& device, std::size_t index, Instant sent_before) {
  for (const SlotIndex slot_index : frames_.in_flight()) {
    FrameSlot& slot = slots_[slot_index];
    if (slot.stage != FrameSlot::Stage::on_the_wire || slot.path != index || &device_of(slot) != &device) continue;
    if (slot.last_sent_at >= sent_before) continue;
    leave_wire(device, slot);
    slot_links_.push_front(device.waiting, slot_index);
    watch_waiting(slot_index);
  }
}

PortId InitiatorCore::add_port(const PortOptions& options, Instant now, Outbox& outbox) {
  notice(now);
  const PortId id{static_cast<std::uint16_t>(ports_.size())};
  ports_.push_back(options);
  if (options.up) port_came_up(id, now, outbox);
  return id;
}

void InitiatorCore::update_port(PortId id, const PortOptions& options, Instant now, Outbox& outbox) {
  notice(now);
  PortOptions& port = ports_[id.value];
  const bool was_up = port.up;
  port = options;
  for (const auto& device : devices_) {
    for (Path& path : device->paths) {
      if (path.port == id) path.sectors = sectors_of(path);
    }
  }
  if (was_up && !options.up) port_went_down(id);
  if (!was_up && options.up) port_came_up(id, now, outbox);
  for (const auto& device : devices_) {
    plan(*device);
    pump(*device, now, outbox);
  }
}

void InitiatorCore::port_went_down(PortId id) {
  for (const auto& device : devices_) {
    for (std::size_t i = 0; i < device->paths.size(); ++i) {
      const Path& path = device->paths[i];
      if (path.port == id && path.is_usable()) set_path_down(*device, i, DeviceEventKind::path_lost);
    }
  }
}

// The disks that were there are asked at once; the others may answer the broadcast.
void InitiatorCore::port_came_up(PortId id, Instant now, Outbox& outbox) {
  for (const auto& device : devices_) {
    for (Path& path : device->paths) {
      if (path.port == id) path.identify_at = now;
    }
  }
  if (send_config_query(id, wire::kBroadcastMac, wire::kEverybody, outbox)) ++counters_.broadcasts;
  first_broadcasts_left_ = kFirstBroadcasts - 1;
  discover_at_ = now + options_.discovery.probe_interval;
  timers_.set(core_timer(), discover_at_);
}

}  // namespace aoekit::initiator
