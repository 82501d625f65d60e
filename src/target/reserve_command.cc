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
  StationList& holders = arrival.target.reserved_for;
  if (*op == wire::ReserveOp::set && !holders.empty() && !contains(holders, arrival.header.source)) {
    ++counters_.reserved;
    return reply_error(arrival, wire::AoeError::target_reserved, outbox);
  }
  if (*op != wire::ReserveOp::read) {
    holders.clear();
    for (std::size_t i = 0; i < body.mac_count(); ++i) {
      if (!contains(holders, body.mac(i))) holders.push_back(body.mac(i));
    }
  }
  std::array<std::uint8_t, wire::kReserveEntriesMax * wire::kMacBytes> macs;
  ByteWriter writer(macs);
  for (const wire::MacAddress& station : holders) writer.bytes(station.bytes);
  reply(arrival, wire::ReserveBody{body.op, writer.written()}, outbox);
}

}  // namespace aoekit::target
