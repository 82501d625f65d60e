// What is shown of disks and paths.
#include <algorithm>

#include "base/check.h"
#include "initiator/core.h"

namespace aoekit::initiator {

std::optional<DeviceId> InitiatorCore::find(wire::AoeAddress address) const {
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) return std::nullopt;
  return found->second;
}

std::vector<DeviceId> InitiatorCore::devices() const {
  std::vector<DeviceId> all;
  for (const auto& [address, id] : by_address_) all.push_back(id);
  return all;
}

Sectors InitiatorCore::device_size(DeviceId id) const { return devices_[id.value]->size; }

DeviceStatus InitiatorCore::device_status(DeviceId id) const {
  const Device& device = *devices_[id.value];
  DeviceStatus status;
  status.address = device.address;
  status.state = device.state;
  const bool is_answering = std::any_of(device.paths.begin(), device.paths.end(), [](const Path& path) {
    return path.is_usable() && (path.state == PathState::up || path.probes_unanswered == 0);
  });
  if (device.state == DeviceState::up && !is_answering) status.state = DeviceState::silent;
  if (device.page) status.page = *device.page;
  status.size = device.size;
  for (const Path& path : device.paths) {
    if (!path.is_usable()) continue;
    const std::uint32_t smallest = status.sectors_per_frame;
    status.sectors_per_frame = smallest == 0 ? path.sectors : std::min(smallest, path.sectors);
  }
  status.config_firmware = device.config_firmware;
  status.path_count = device.paths.size();
  status.can_flush = device.can_flush();
  status.can_fua = device.can_fua();
  status.can_trim = device.page && device.page->trim_supported;
  status.open_count = device.open_count;
  status.requests = static_cast<std::uint32_t>(device.unfinished.size);
  status.requests_done = device.requests_done;
  status.requests_failed = device.requests_failed;
  status.bytes_read = device.bytes_read;
  status.bytes_written = device.bytes_written;
  return status;
}

PathStatus InitiatorCore::path_status(DeviceId id, std::size_t index) const {
  const Device& device = *devices_[id.value];
  AOEKIT_CHECK(index < device.paths.size());
  const Path& path = device.paths[index];
  const Target& target = device.target_of(path);
  PathStatus status;
  status.port = path.port;
  status.target_mac = target.mac;
  status.state = path.state;
  status.sectors_per_frame = path.sectors;
  status.buffer_count = target.buffer_count;
  status.window = target.window.size();
  status.in_flight = path.on_the_wire;
  status.round_trip = path.rtt.smoothed();
  status.frames_sent = path.frames_sent;
  status.frames_retransmitted = path.frames_retransmitted;
  status.timeouts = path.timeouts;
  return status;
}

}  // namespace aoekit::initiator
