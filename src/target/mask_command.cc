// Command 2, MAC mask list: which stations may see the export at all (docs/protocol.md, "MAC mask list").
#include <algorithm>
#include <array>

#include "target/reply.h"

namespace aoekit::target {
namespace {

// Applies one directive to `list`.
wire::MaskError apply_directive(const wire::MaskBody::Directive& directive, StationList& list) {
  const auto found = std::find(list.begin(), list.end(), directive.mac);
  switch (directive.op) {
    case static_cast<std::uint8_t>(wire::MaskDirective::none): return wire::MaskError::ok;
    case static_cast<std::uint8_t>(wire::MaskDirective::add):
      if (found != list.end()) return wire::MaskError::ok;
      if (list.size() == wire::kMaskEntriesMax) return wire::MaskError::list_full;
      list.push_back(directive.mac);
      return wire::MaskError::ok;
    case static_cast<std::uint8_t>(wire::MaskDirective::remove):
      if (found != list.end()) list.erase(found);
      return wire::MaskError::ok;
    default: return wire::MaskError::bad_directive;
  }
}

}  // namespace

void TargetCore::serve_mask(const Arrival& arrival, const wire::MaskBody& body, Outbox& outbox) {
  const std::optional<wire::MaskOp> op = wire::mask_op_from(body.op);
  if (!op) {
    ++counters_.malformed;
    return reply_error(arrival, wire::AoeError::bad_argument, outbox);
  }
  if (*op == wire::MaskOp::edit && !may_configure(arrival)) {
    wire::MaskBody answer;
    answer.op = body.op;
    answer.error = static_cast<std::uint8_t>(wire::MaskError::unspecified);
    count(arrival, &IoStatistics::errors);
    return reply(arrival, answer, outbox);
  }
  if (*op == wire::MaskOp::edit) {
    // All directives or none: the list is replaced only when the last one went well.
    PersistentState edited = state_of(arrival.id);
    for (std::size_t i = 0; i < body.count; ++i) {
      const wire::MaskError error = apply_directive(body.directive(i), edited.mask);
      if (error == wire::MaskError::ok) continue;
      wire::MaskBody answer;
      answer.op = body.op;
      answer.error = static_cast<std::uint8_t>(error);
      answer.count = static_cast<std::uint8_t>(i);
      return reply(arrival, answer, outbox);
    }
    if (!keeps(arrival, body.op, std::move(edited), outbox)) return;
  }
  reply_mask(arrival, body.op, outbox);
}

void TargetCore::reply_mask(const Arrival& arrival, std::uint8_t op, Outbox& outbox) {
  wire::MaskBody answer;
  answer.op = op;
  std::array<std::uint8_t, wire::kMaskEntriesMax * wire::kMaskDirectiveBytes> directives;
  ByteWriter writer(directives);
  for (const wire::MacAddress& station : arrival.target.mask) {
    writer.u8(0);
    writer.u8(static_cast<std::uint8_t>(wire::MaskDirective::none));
    writer.bytes(station.bytes);
  }
  answer.count = static_cast<std::uint8_t>(arrival.target.mask.size());
  answer.directives = writer.written();
  reply(arrival, answer, outbox);
}

}  // namespace aoekit::target
