// Field by field.
#include "lib/status.h"

#include <algorithm>
#include <string_view>

namespace aoekit::lib {
namespace {

template <std::size_t N>
void copy_text(char (&out)[N], std::string_view text) {
  const std::size_t length = std::min(text.size(), N - 1);
  std::copy_n(text.begin(), length, out);
  out[length] = '\0';
}

std::uint8_t state_of(initiator::DeviceState state) {
  switch (state) {
    case initiator::DeviceState::found: return AOE_DISK_FOUND;
    case initiator::DeviceState::up: return AOE_DISK_UP;
    case initiator::DeviceState::silent: return AOE_DISK_SILENT;
    case initiator::DeviceState::down: return AOE_DISK_DOWN;
    case initiator::DeviceState::replaced: return AOE_DISK_REPLACED;
  }
  return AOE_DISK_FOUND;
}

std::uint8_t state_of(initiator::PathState state) {
  switch (state) {
    case initiator::PathState::up: return AOE_PATH_UP;
    case initiator::PathState::suspect: return AOE_PATH_SUSPECT;
    case initiator::PathState::down: return AOE_PATH_DOWN;
    case initiator::PathState::refused: return AOE_PATH_REFUSED;
  }
  return AOE_PATH_DOWN;
}

std::uint32_t flags_of(const initiator::DeviceStatus& status) {
  std::uint32_t flags = 0;
  if (status.can_flush) flags |= AOE_DISK_CAN_FLUSH;
  if (status.can_fua) flags |= AOE_DISK_CAN_FUA;
  if (status.can_trim) flags |= AOE_DISK_CAN_TRIM;
  if (client::trim_zeroes(status)) flags |= AOE_DISK_TRIM_ZEROES;
  if (status.page.write_cache_enabled) flags |= AOE_DISK_WRITE_CACHE;
  return flags;
}

aoe_path_status status_of(const initiator::PathStatus& path, std::string_view interface) {
  aoe_path_status out{};
  copy_text(out.interface, interface);
  std::copy(path.target_mac.bytes.begin(), path.target_mac.bytes.end(), out.mac);
  out.state = state_of(path.state);
  out.payload_bytes = path.sectors_per_frame * kSectorBytes;
  out.buffers = path.buffer_count;
  out.window = path.window;
  out.in_flight = path.in_flight;
  if (path.round_trip) {
    const auto us = std::chrono::ceil<std::chrono::microseconds>(*path.round_trip).count();
    out.round_trip_us = static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 1, UINT32_MAX));
  }
  out.frames_sent = path.frames_sent;
  out.frames_retransmitted = path.frames_retransmitted;
  out.timeouts = path.timeouts;
  return out;
}

}  // namespace

aoe_disk_status status_of(const client::DiskReport& report) {
  const initiator::DeviceStatus& status = report.status;
  aoe_disk_status out{};
  out.shelf = status.address.shelf;
  out.slot = status.address.slot;
  out.state = state_of(status.state);
  out.flags = flags_of(status);
  out.size_bytes = status.size.bytes();
  out.physical_sector_bytes = status.page.physical_sector_bytes;
  out.payload_bytes = status.sectors_per_frame * kSectorBytes;
  out.rotation_rate = status.page.rotation_rate;
  out.config_firmware = status.config_firmware;
  copy_text(out.serial, status.page.serial);
  copy_text(out.model, status.page.model);
  copy_text(out.firmware, status.page.firmware);
  out.open_count = status.open_count;
  out.requests = status.requests;
  out.requests_done = status.requests_done;
  out.requests_failed = status.requests_failed;
  out.bytes_read = status.bytes_read;
  out.bytes_written = status.bytes_written;
  const std::size_t count = std::min<std::size_t>(report.paths.size(), AOE_PATHS_MAX);
  out.path_count = static_cast<std::uint16_t>(count);
  for (std::size_t i = 0; i < count; ++i) out.paths[i] = status_of(report.paths[i], report.interfaces[i]);
  return out;
}

}  // namespace aoekit::lib
