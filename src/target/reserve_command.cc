// Command 3, reserve/release: which stations may use the disk (docs/protocol.md, "Reserve/release").
#include <array>

#include "target/reply.h"

namespace aoekit::target {

void TargetCore::serve_reserve(const Arrival& arrival, const wire::ReserveBody& body, Outbox& outbox) {
  const std::optional<wire::ReserveOp> op = wire::reserve_op_from(body.op);
  if (!op) {
    ++counters_.malformed;
    return reply_error(arrival, wire::AoeError::bad_argument, outbox);
  }
  if (*op != wire::ReserveOp::read && !may_configure(arrival)) {
    return reply_error(arrival, wire::AoeError::target_reserved, outbox);
  }
  const StationList& holders = arrival.target.reserved_for;
  const wire::MacAddress& source = arrival.header.source;
  const bool is_anothers = holders.empty() ? !arrival.target.writers.permits(source, arrival.now)
                                           : !contains(holders, source);
  if (*op == wire::ReserveOp::set && is_anothers) {
    ++counters_.reserved;
    count(arrival, &IoStatistics::refused);
    return reply_error(arrival, wire::AoeError::target_reserved, outbox);
  }
  if (*op != wire::ReserveOp::read) {
    PersistentState state = state_of(arrival.id);
    state.reserved_for.clear();
    for (std::size_t i = 0; i < body.mac_count(); ++i) {
      if (!contains(state.reserved_for, body.mac(i))) state.reserved_for.push_back(body.mac(i));
    }
    if (!keeps(arrival, body.op, std::move(state), outbox)) return;
    // An exclusive export is let go by a release, and a reservation takes the holder's place.
    release_holder(arrival.id);
  }
  reply_reserve(arrival, body.op, outbox);
}

void TargetCore::reply_reserve(const Arrival& arrival, std::uint8_t op, Outbox& outbox) {
  std::array<std::uint8_t, wire::kReserveEntriesMax * wire::kMacBytes> macs;
  ByteWriter writer(macs);
  for (const wire::MacAddress& station : arrival.target.reserved_for) writer.bytes(station.bytes);
  reply(arrival, wire::ReserveBody{op, writer.written()}, outbox);
}

}  // namespace aoekit::target
