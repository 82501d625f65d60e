// How a reply gets from a body into the outbox; internal to the core's .cc files.
#pragma once

#include "target/target_core.h"
#include "wire/encode.h"

namespace aoekit::target {

template <class Body>
void TargetCore::put(PortId port_id, const wire::Header& header, const Body& body, Outbox& outbox) {
  const std::optional<BufferIndex> buffer = reply_buffer();
  if (!buffer) return;
  outbox.frames.push_back({port_id, wire::encode(pool_.frame(*buffer), header, body), *buffer});
  ++counters_.replies;
}

template <class Body>
void TargetCore::reply(const Arrival& arrival, const Body& body, Outbox& outbox) {
  put(arrival.port, wire::reply_header(arrival.header, port(arrival.port).mac, arrival.target.address), body, outbox);
}

}  // namespace aoekit::target
