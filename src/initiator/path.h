// A way to a disk: out of one of our ports to one of the disk's MAC addresses.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "initiator/congestion_window.h"
#include "initiator/limits.h"
#include "initiator/outbox.h"
#include "initiator/rtt_estimator.h"
#include "initiator/status.h"
#include "wire/mac_address.h"

namespace aoekit::initiator {

// One of a disk's MAC addresses. Its buffers are the same whichever of our ports the frames left by.
struct Target {
  Target(wire::MacAddress address, std::uint16_t buffers) : mac(address), buffer_count(buffers), window(buffers) {}

  wire::MacAddress mac;
  std::uint16_t buffer_count;
  CongestionWindow window;
  std::uint32_t on_the_wire = 0;  // frames sent and neither answered nor timed out: what the window limits

  bool has_room() const { return on_the_wire < window.size(); }
};

struct Path {
  Path(PortId own_port, std::size_t target_index, const RetransmitOptions& retransmit)
      : port(own_port), target(target_index), rtt(retransmit), slow_rtt(for_slow_commands(retransmit)) {}

  // Flushes and trims take as long as it takes, and unevenly.
  static RetransmitOptions for_slow_commands(RetransmitOptions options) {
    options.rto_initial = std::max(options.rto_initial, options.rto_flush);
    options.rto_min = std::max(options.rto_min, options.rto_flush_min);
    options.rto_max = std::max(options.rto_max, options.rto_initial);
    return options;
  }

  PortId port;
  std::size_t target;  // in Device::targets
  PathState state = PathState::down;
  bool was_ours = false;  // identified as the device's disk before

  std::uint32_t sectors_advertised = kSectorsPerFrameSafe;
  std::uint32_t sectors = 0;  // in a frame, now: what both ends and the core's limits allow
  // Large frames got lost while the path answered others: a switch or an interface with a smaller MTU is in the way.
  bool only_small = false;
  unsigned large_losses = 0;
  Instant large_losses_since = Instant::min();

  RttEstimator rtt;
  RttEstimator slow_rtt;
  std::uint32_t on_the_wire = 0;
  std::uint32_t references = 0;  // slots and questions that remember the path's number

  Instant last_heard = Instant::min();
  std::optional<Instant> probe_at;  // it is to answer by then, or is asked (again)
  Instant expected_since{};         // with probe_at: anything heard from then on will do
  unsigned probes_unanswered = 0;

  std::optional<Instant> identify_at;  // IDENTIFY is to be sent
  bool is_identifying = false;         // it was, and is not answered yet
  Instant last_identified = Instant::min();

  std::uint64_t frames_sent = 0;
  std::uint64_t frames_retransmitted = 0;
  std::uint64_t timeouts = 0;

  bool is_usable() const { return sectors > 0 && (state == PathState::up || state == PathState::suspect); }
};

}  // namespace aoekit::initiator
