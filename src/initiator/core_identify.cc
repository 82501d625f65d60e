// What a disk says it is, and whether it is still the same.
#include <algorithm>

#include "initiator/core.h"

namespace aoekit::initiator {
namespace {

// Unfinished requests must stay expressible, too: a disk does not lose its 48-bit commands.
bool is_same_disk(const ata::IdentifyPage& a, const ata::IdentifyPage& b) {
  return a.serial == b.serial && a.model == b.model && a.lba48_supported == b.lba48_supported;
}

// The sectors that the commands can reach, whatever a page claims.
Sectors reachable_size(const ata::IdentifyPage& page) {
  const unsigned bits = page.lba48_supported ? 48 : 28;
  return std::min(page.size, Sectors{std::uint64_t{1} << bits});
}

}  // namespace

void InitiatorCore::identified(Device& device, std::size_t index, const ata::IdentifyPage& page, Instant now,
                               Outbox& outbox) {
  const bool is_new = !device.page;
  if (is_new || !is_same_disk(*device.page, page)) {
    const bool is_free = device.open_count == 0 && device.unfinished.empty();
    bool has_other_path = false;
    for (std::size_t i = 0; i < device.paths.size(); ++i) {
      has_other_path = has_other_path || (i != index && device.paths[i].is_usable());
    }
    if (!is_new && (!is_free || has_other_path)) {
      refuse_path(device, index, now);
      return;
    }
    adopt(device, index, page, now);
  }
  device.page = page;
  if (const Sectors size = reachable_size(page); size != device.size) {
    device.size = size;
    if (!is_new && device.state == DeviceState::up) tell(DeviceEventKind::resized, device);
  }
  set_path_up(device, index, now);
  plan(device);
  pump(device, now, outbox);
}

// The address is that disk's from now on: the other paths have to show that they lead there, too.
void InitiatorCore::adopt(Device& device, std::size_t index, const ata::IdentifyPage& page, Instant now) {
  device.page = page;
  device.size = reachable_size(page);
  device.state = DeviceState::found;
  for (std::size_t i = 0; i < device.paths.size(); ++i) {
    Path& path = device.paths[i];
    path.was_ours = false;
    if (i == index) continue;
    if (path.state == PathState::refused) path.state = PathState::down;
    if (is_up(path.port)) path.identify_at = now;
  }
}

void InitiatorCore::refuse_path(Device& device, std::size_t index, Instant now) {
  if (device.paths[index].state != PathState::refused) set_path_down(device, index, DeviceEventKind::conflict);
  const bool all_refused = std::all_of(device.paths.begin(), device.paths.end(),
                                       [](const Path& path) { return path.state == PathState::refused; });
  if (all_refused && device.state == DeviceState::up) {
    device.state = DeviceState::replaced;
    fail_all(device, Outcome::replaced, now);
    tell(DeviceEventKind::replaced, device);
  }
  plan(device);
}

void InitiatorCore::set_path_up(Device& device, std::size_t index, Instant now) {
  Path& path = device.paths[index];
  const bool is_news = !path.is_usable();
  const bool was_ours = path.was_ours;
  path.state = PathState::up;
  path.was_ours = true;
  if (is_news) path.probe_at.reset();
  path.probes_unanswered = 0;
  device.last_answer = now;
  if (device.state != DeviceState::up) {
    const bool is_first = device.state == DeviceState::found;
    device.state = DeviceState::up;
    tell(is_first ? DeviceEventKind::appeared : DeviceEventKind::up, device);
  } else if (is_news) {
    tell(was_ours ? DeviceEventKind::path_up : DeviceEventKind::path_found, device, &path);
  }
}

}  // namespace aoekit::initiator
