// The core's frame: who is addressed, what a turn consists of, and how replies are made. Commands: see *_command.cc.
#include "target/target_core.h"

#include <algorithm>

#include "base/check.h"
#include "target/reply.h"
#include "wire/decode.h"

namespace aoekit::target {
TargetCore::TargetCore(const TargetLimits& limits)
    : limits_(limits), pace_(Pace::for_one_of(limits.cores)), pool_(limits), requests_(limits.buffers),
      late_copies_(limits.writes_remembered, limits.frame_lifetime), state_changes_(limits.persistence),
      syncs_wanted_(limits.buffers), clients_(limits.clients, limits.seed),
      held_(limits.buffers, ops_in_flight_max() / 2, clients_), prng_(limits.seed) {
  AOEKIT_CHECK(limits.clients > limits.buffers && limits.cores > 0);
}

void TargetCore::on_frame(PortId port_id, ByteView frame, Instant now, Outbox& outbox) {
  const auto header = wire::decode_header(frame);
  if (!header) {
    ++counters_.silent_not_a_frame;
    return;
  }
  if (!is_acceptable(port_id, *header)) return;
  const wire::AoeAddress wanted = header->address;
  if (wanted.is_valid_target()) {
    const auto found = by_address_.find(key_of(wanted));
    if (found == by_address_.end() || !exports_[found->second.value].is_on(port_id)) {
      ++counters_.silent_not_for_us;
      return;
    }
    serve({port_id, *header, exports_[found->second.value], found->second, now}, frame, outbox);
    return;
  }
  if (must_spread(*header, frame)) return spread(port_id, *header, frame, now, outbox);
  bool addressed = false;
  const std::size_t candidates = candidate_count(wanted);
  for (std::size_t i = 0; i < candidates; ++i) {
    const std::optional<ExportId> id = candidate(wanted, port_id, i);
    if (!id) continue;
    addressed = true;
    serve({port_id, *header, exports_[id->value], *id, now}, frame, outbox);
  }
  if (!addressed) ++counters_.silent_not_for_us;
}

bool TargetCore::is_acceptable(PortId port_id, const wire::Header& header) {
  AOEKIT_CHECK(has_port(port_id));
  if (header.is_response()) {
    ++counters_.silent_response;
  } else if (!accepting_) {
    ++counters_.silent_stopping;
  } else if (header.source.is_multicast()) {
    ++counters_.silent_bad_source;
  } else if (header.destination != port(port_id).mac && !header.destination.is_broadcast()) {
    ++counters_.silent_not_for_us;
  } else {
    return true;
  }
  return false;
}

void TargetCore::serve(Arrival arrival, ByteView frame, Outbox& outbox) {
  if (!admits(arrival)) return;
  if (arrival.header.version != wire::kVersion) {
    ++counters_.unsupported_version;
    return reply_error(arrival, wire::AoeError::unsupported_version, outbox);
  }
  const auto body = wire::decode_body(arrival.header, frame);
  if (!body) {
    ++counters_.malformed;
    return reply_error(arrival, wire::AoeError::bad_argument, outbox);
  }
  ++counters_.requests;
  if (const auto* ata = std::get_if<wire::AtaBody>(&*body)) {
    arrival.client = clients_.meet(arrival.id, arrival.header.source, arrival.now);
    return serve_ata(arrival, *ata, outbox);
  }
  note_other(arrival);
  if (const auto* config = std::get_if<wire::ConfigBody>(&*body)) return serve_config(arrival, *config, outbox);
  if (const auto* mask = std::get_if<wire::MaskBody>(&*body)) return serve_mask(arrival, *mask, outbox);
  if (const auto* reserve = std::get_if<wire::ReserveBody>(&*body)) return serve_reserve(arrival, *reserve, outbox);
  ++counters_.unknown_command;
  reply_error(arrival, wire::AoeError::unrecognized_command, outbox);
}

void TargetCore::recycle(Outbox& outbox) {
  for (const TxFrame& frame : outbox.frames) pool_.release(frame.buffer);
  for (const ExportOp& started : outbox.ops) {
    if (started.op.lent.empty()) continue;
    // Done, or the disk has taken its data in.
    Request& request = requests_[static_cast<BufferIndex>(started.op.cookie)];
    request.is_lent = false;
    request.body.data = started.op.data;
  }
  outbox.frames.clear();
  outbox.ops.clear();
  outbox.states.clear();
}

std::optional<BufferIndex> TargetCore::reply_buffer() {
  if (pool_.free_count() == 0) {
    ++counters_.dropped_no_buffer;
    return std::nullopt;
  }
  return pool_.acquire();
}

void TargetCore::reply_error(const Arrival& arrival, wire::AoeError error, Outbox& outbox) {
  count(arrival, &IoStatistics::errors);
  const wire::Header header =
      wire::error_header(arrival.header, port(arrival.port).mac, arrival.target.address, error);
  // Nothing of the request but its header goes back: the padding is zero.
  put(arrival.port, header, wire::UnknownBody{}, outbox);
}

void TargetCore::announce_on(PortId port_id, const Export& target, Outbox& outbox) {
  if (target.removed || !has_port(port_id) || !target.is_on(port_id)) return;
  const StationList& stations = audience(target);
  if (stations.empty()) announce_to(wire::kBroadcastMac, port_id, target, outbox);
  for (const wire::MacAddress& station : stations) announce_to(station, port_id, target, outbox);
}

void TargetCore::announce_to(wire::MacAddress station, PortId port_id, const Export& target, Outbox& outbox) {
  if (!station.is_broadcast() && !may_see(target, station)) return;
  wire::Header header;
  header.destination = station;
  header.source = port(port_id).mac;
  header.flags = wire::kFlagResponse;
  header.address = target.address;
  header.command = static_cast<std::uint8_t>(wire::Command::config);
  put(port_id, header, config_of(target, port_id, static_cast<std::uint8_t>(wire::ConfigOp::read)), outbox);
}

std::uint32_t TargetCore::sectors_that_fit(PortId id) const {
  return std::min(wire::sectors_that_fit(port(id).mtu_bytes), limits_.sectors_per_frame_max);
}

}  // namespace aoekit::target
