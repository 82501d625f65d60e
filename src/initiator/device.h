// A disk on the network as the initiator core sees it: its address, its path, and its unfinished requests.
#pragma once

#include <compare>
#include <cstdint>

#include "base/bounded_vector.h"
#include "base/units.h"
#include "block/block_op.h"
#include "initiator/ata_frame.h"
#include "initiator/completion.h"
#include "initiator/congestion_window.h"
#include "initiator/outbox.h"
#include "initiator/rtt_estimator.h"
#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::initiator {

// Small numbers, given out by InitiatorCore::add_device.
struct DeviceId {
  std::uint32_t value = 0;
  auto operator<=>(const DeviceId&) const = default;
};

// A way to a target: out of our `port`, to its MAC, with what it advertised there.
struct PathConfig {
  PortId port;
  wire::MacAddress target_mac;
  std::uint16_t buffer_count = 1;
  std::uint32_t sectors_per_frame = 2;  // what both ends and the core's limits allow; >= 1
};

struct DeviceConfig {
  wire::AoeAddress address;
  Sectors size;
  AddressWidth width = AddressWidth::lba48;  // lba28: REQUIRES size within 2^28 sectors
  AddressWidth flush_width = AddressWidth::lba48;  // FLUSH CACHE EXT or FLUSH CACHE: targets may know one only
  PathConfig path{};
};

// A submitted operation until its completion is drained.
struct Request {
  DeviceId device;
  block::BlockOp op;
  Completion result;
  std::uint64_t sectors_cut = 0;      // of op.range, already made into frames
  std::uint32_t frames_in_flight = 0;
  bool cut = false;                   // nothing more will be sent: all frames made, or failed
};

struct Path {
  Path(const PathConfig& path_config, const RetransmitOptions& retransmit)
      : config(path_config), window(path_config.buffer_count), rtt(retransmit) {}

  PathConfig config;
  CongestionWindow window;
  RttEstimator rtt;
  std::uint32_t on_the_wire = 0;  // frames in flight that are not given up for lost: what the window limits
  std::uint32_t lost = 0;         // frames in flight that wait to be sent again

  bool has_room() const { return on_the_wire < window.size(); }
};

struct Device {
  Device(const DeviceConfig& config, const InitiatorLimits& limits, const RetransmitOptions& retransmit)
      : address(config.address),
        size(config.size),
        width(config.width),
        flush_width(config.flush_width),
        path(config.path, retransmit),
        unfinished(limits.requests) {}

  wire::AoeAddress address;
  Sectors size;
  AddressWidth width;
  AddressWidth flush_width;
  Path path;
  // Indices of requests in the order of their submission; those before `first_uncut` need no more frames.
  BoundedVector<std::uint32_t> unfinished;
  std::size_t first_uncut = 0;
};

}  // namespace aoekit::initiator
