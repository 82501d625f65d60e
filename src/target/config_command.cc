// Command 1, query config: who is there, and the string that says whose it is (docs/protocol.md, "Query config").
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "target/reply.h"

namespace aoekit::target {
namespace {

std::string_view text_of(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

void TargetCore::serve_config(const Arrival& arrival, const wire::ConfigBody& body, Outbox& outbox) {
  const std::optional<wire::ConfigOp> op = wire::config_op_from(body.op);
  if (!op) {
    ++counters_.malformed;
    return reply_error(arrival, wire::AoeError::bad_argument, outbox);
  }
  const bool changes = *op == wire::ConfigOp::set || *op == wire::ConfigOp::force_set;
  if (changes && !may_configure(arrival)) return reply_error(arrival, wire::AoeError::target_reserved, outbox);
  const std::string& current = arrival.target.config_string;
  const std::string_view wanted = text_of(body.text);
  switch (*op) {
    case wire::ConfigOp::read: break;
    case wire::ConfigOp::test:
    case wire::ConfigOp::test_prefix: {
      const bool matches =
          *op == wire::ConfigOp::test ? current == wanted : std::string_view(current).starts_with(wanted);
      if (!matches) {
        ++counters_.silent_config_test;
        return;
      }
      break;
    }
    case wire::ConfigOp::set:
      // Setting what is already there succeeds, so that a retransmitted set does not fail.
      if (!current.empty() && current != wanted) {
        const wire::Header header = wire::error_header(arrival.header, port(arrival.port).mac, arrival.target.address,
                                                       wire::AoeError::config_string_present);
        return put(arrival.port, header, config_of(arrival.target, arrival.port, body.op), outbox);
      }
      [[fallthrough]];
    case wire::ConfigOp::force_set: {
      PersistentState state = state_of(arrival.id);
      state.config_string = wanted;
      if (!keeps(arrival, body.op, std::move(state), outbox)) return;
      break;
    }
  }
  reply(arrival, config_of(arrival.target, arrival.port, body.op), outbox);
}

wire::ConfigBody TargetCore::config_of(const Export& target, PortId port_id, std::uint8_t op) const {
  wire::ConfigBody body;
  body.buffer_count = target.buffer_count;
  body.firmware = target.firmware_version;
  body.sectors_per_frame = static_cast<std::uint8_t>(
      std::min(wire::sectors_advertised(port(port_id).mtu_bytes), limits_.sectors_per_frame_max));
  body.version = wire::kVersion;
  body.op = op;
  body.text = bytes_of(target.config_string);
  return body;
}

}  // namespace aoekit::target
