// Who is there: asking the network, and what config responses say.
#include <algorithm>

#include "base/check.h"
#include "initiator/core.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::initiator {
namespace {

// Not a shelf that a target may have: the Linux driver refuses it, too.
constexpr std::uint16_t kShelfReserved = 0x0fff;

}  // namespace

// Periodic discovery. The disks that we know are to answer, too.
void InitiatorCore::ask_everybody(Instant now, Outbox& outbox) {
  broadcast(wire::kEverybody, outbox);
  const DiscoveryOptions& discovery = options_.discovery;
  if (first_broadcasts_left_ > 0) --first_broadcasts_left_;
  discover_at_ = now + (first_broadcasts_left_ > 0 ? discovery.probe_interval : discovery.interval);
  for (const auto& [address, id] : by_address_) {
    Device& device = *devices_[id.value];
    for (Path& path : device.paths) {
      if (!path.is_usable() || path.probe_at) continue;
      path.expected_since = now;
      path.probe_at = now + discovery.probe_interval;
    }
    plan(device);
  }
}

void InitiatorCore::discover(wire::AoeAddress address, Instant now, Outbox& outbox) {
  notice(now);
  broadcast(address, outbox);
}

void InitiatorCore::broadcast(wire::AoeAddress address, Outbox& outbox) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const PortId port{static_cast<std::uint16_t>(i)};
    if (is_up(port) && send_config_query(port, wire::kBroadcastMac, address, outbox)) ++counters_.broadcasts;
  }
}

// False: there is no room for it in this turn.
bool InitiatorCore::send_config_query(PortId port, wire::MacAddress destination, wire::AoeAddress address,
                                      Outbox& outbox) {
  if (control_.free_count() == 0) return false;
  const SlotIndex index = control_.acquire();
  wire::Header header;
  header.destination = destination;
  header.source = ports_[port.value].mac;
  header.address = address;
  header.command = static_cast<std::uint8_t>(wire::Command::config);
  header.tag = control_.tag(index);
  const std::size_t bytes = wire::encode(control_.memory(index), header, wire::ConfigBody{}).size();
  put(port, control_, index, bytes, outbox);
  // Responses are known by what they say; nobody waits for this one.
  control_.release(index);
  return true;
}

void InitiatorCore::on_config_response(PortId port, const wire::Header& header, ByteView frame, Instant now,
                                       Outbox& outbox) {
  const auto body = wire::decode_body(header, frame);
  if (!body) {
    ++counters_.malformed;
    return;
  }
  const auto& config = std::get<wire::ConfigBody>(*body);
  const std::uint16_t buffers = config.buffer_count;
  const bool is_acceptable = !header.is_error() && header.address.is_valid_target() &&
                             header.address.shelf != kShelfReserved && !header.source.is_multicast() && is_up(port);
  Device* const device = is_acceptable ? find_or_add_device(header.address) : nullptr;
  const auto index = device != nullptr ? find_or_add_path(*device, port, header.source, buffers) : std::nullopt;
  if (!index) {
    ++counters_.config_refused;
    return;
  }
  ++counters_.config_responses;
  Path& path = device->paths[*index];
  Target& target = device->target_of(path);
  target.buffer_count = buffers;
  target.window.set_limit(buffers);
  path.sectors_advertised = config.sectors_per_frame == 0 ? kSectorsPerFrameSafe : config.sectors_per_frame;
  path.sectors = sectors_of(path);
  device->config_firmware = config.firmware;
  heard(*device, *index, now);
  // Is it still the same disk, of the same size? Not more often than we probe, whoever sends announcements.
  const Instant earliest = path.last_identified == Instant::min()
                               ? now
                               : path.last_identified + options_.discovery.probe_interval;
  if (!path.identify_at) path.identify_at = std::max(now, earliest);
  if (*path.identify_at <= now) ask_due_questions(*device, now, outbox);
  plan(*device);
  pump(*device, now, outbox);
}

// Null: there are as many as there may be.
Device* InitiatorCore::find_or_add_device(wire::AoeAddress address) {
  const auto known = known_.find(address);
  if (known != known_.end()) {
    by_address_.emplace(address, known->second);
    return devices_[known->second.value].get();
  }
  if (devices_.size() == options_.limits.devices) return nullptr;
  const DeviceId id{static_cast<std::uint32_t>(devices_.size())};
  devices_.push_back(std::make_unique<Device>(id, address));
  known_.emplace(address, id);
  by_address_.emplace(address, id);
  return devices_.back().get();
}

// The path's number. When there are as many as there may be, one that is not used and that no frame remembers makes
// room: rather one that never led to the disk, and of several the one that has been silent for longest.
std::optional<std::size_t> InitiatorCore::find_or_add_path(Device& device, PortId port, wire::MacAddress mac,
                                                             std::uint16_t buffers) {
  if (const auto known = find_path(device, port, mac)) return known;
  std::optional<std::size_t> place;
  if (device.paths.size() < kPathsMax) {
    place = device.paths.size();
  } else {
    for (std::size_t i = 0; i < device.paths.size(); ++i) {
      const Path& path = device.paths[i];
      if (path.is_usable() || path.references > 0) continue;
      const auto merit = [](const Path& candidate) { return std::pair(candidate.was_ours, candidate.last_heard); };
      if (!place || merit(path) < merit(device.paths[*place])) place = i;
    }
    if (!place) return std::nullopt;
  }
  const Path path(port, find_or_add_target(device, mac, buffers), options_.retransmit);
  if (*place == device.paths.size()) {
    device.paths.push_back(path);
  } else {
    device.paths[*place] = path;
    forget_in_quarantines(device, *place);
  }
  device.paths[*place].sectors = sectors_of(path);
  return place;
}

std::size_t InitiatorCore::find_or_add_target(Device& device, wire::MacAddress mac, std::uint16_t buffers) {
  const auto is_used = [&device](std::size_t target) {
    return std::any_of(device.paths.begin(), device.paths.end(),
                       [target](const Path& path) { return path.target == target; });
  };
  std::optional<std::size_t> unused;
  for (std::size_t i = 0; i < device.targets.size(); ++i) {
    if (device.targets[i].mac == mac) return i;
    if (!is_used(i)) unused = i;
  }
  if (!unused) {
    device.targets.emplace_back(mac, buffers);
    return device.targets.size() - 1;
  }
  device.targets[*unused] = Target(mac, buffers);
  return *unused;
}

}  // namespace aoekit::initiator
