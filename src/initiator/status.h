// What the initiator core knows of disks and of the ways to them, as values for display and for tests.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "ata/identify.h"
#include "base/time.h"
#include "base/units.h"
#include "initiator/outbox.h"
#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::initiator {

// Small numbers from 0 on, in the order of discovery; they name the same address for the core's life.
struct DeviceId {
  std::uint32_t value = 0;
  auto operator<=>(const DeviceId&) const = default;
};

enum class DeviceState : std::uint8_t {
  found,     // answered discovery; not identified yet
  up,
  silent,    // no path answers at the moment: requests wait
  down,      // silent for InitiatorOptions::dead_after: requests fail until it answers again
  replaced,  // another disk (serial or model) answers on every path: requests fail
};
const char* to_string(DeviceState state);

enum class PathState : std::uint8_t {
  up,
  suspect,  // a frame timed out and nothing was heard since: used when there is nothing better, and probed
  down,     // its port is down, or it was silent for long, or it was not identified yet: not used, probed
  refused,  // another disk answers there
};
const char* to_string(PathState state);

struct PathStatus {
  PortId port;
  wire::MacAddress target_mac;
  PathState state = PathState::down;
  std::uint32_t sectors_per_frame = 0;  // what both ends and the core's limits allow; 0: the MTU is too small
  std::uint16_t buffer_count = 0;       // as advertised
  std::uint32_t window = 0;             // frames that may be outstanding now, of this target MAC
  std::uint32_t in_flight = 0;          // on the wire by this path
  std::optional<Duration> round_trip;   // smoothed
  std::uint64_t frames_sent = 0;        // copies included
  std::uint64_t frames_retransmitted = 0;
  std::uint64_t timeouts = 0;
};

struct DeviceStatus {
  wire::AoeAddress address;
  DeviceState state = DeviceState::found;
  ata::IdentifyPage page;             // all zero before it was identified
  Sectors size;                       // page.size
  std::uint32_t sectors_per_frame = 0;  // the smallest of the usable paths; 0 if there is none
  std::uint16_t config_firmware = 0;  // from the config response
  std::size_t path_count = 0;
  bool can_flush = false;
  bool can_fua = false;  // without it a stable write is a write and a flush
  bool can_trim = false;
  std::uint32_t open_count = 0;
  std::uint32_t requests = 0;  // unfinished
  std::uint64_t requests_done = 0, requests_failed = 0;
  std::uint64_t bytes_read = 0, bytes_written = 0;
};

enum class DeviceEventKind : std::uint8_t {
  appeared,    // identified for the first time, or again after being forgotten or replaced while nobody had it open
  up,          // answers again after it was down or replaced
  down,        // silent for dead_after
  resized,     // `size` is the new one
  path_found,  // the path was identified for the first time
  path_lost,   // it is down
  path_up,     // it is used again
  path_small,  // it loses large frames: it gets small ones from now on
  conflict,    // another disk answers there: the path is refused
  replaced,    // no path is left that leads to our disk
  forgotten,
  overflow,    // events were lost: look at everything again; `device` means nothing
};
const char* to_string(DeviceEventKind kind);

struct DeviceEvent {
  DeviceEventKind kind = DeviceEventKind::overflow;
  DeviceId device;
  wire::AoeAddress address;
  PortId port;                  // path events and conflict
  wire::MacAddress target_mac;  // likewise
  Sectors size;                 // appeared, up, resized
};

}  // namespace aoekit::initiator
