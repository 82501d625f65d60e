// Frames: sending, sending again, and what answers do.
#include <algorithm>

#include "base/check.h"
#include "initiator/core.h"
#include "wire/decode.h"

namespace aoekit::initiator {

void InitiatorCore::transmit(Device& device, SlotIndex index, Instant now, Outbox& outbox) {
  FrameSlot& slot = frames_[index];
  slot.last_sent_at = now;
  ++slot.times_sent;
  const Duration wait = requests_[slot.request].op.kind == block::OpKind::flush
                            ? std::max(options_.retransmit.rto_flush, device.path.rtt.timeout(slot.times_sent))
                            : device.path.rtt.timeout(slot.times_sent);
  slot.deadline = std::min(now + wait, give_up_at(slot));
  ++device.path.on_the_wire;
  ++counters_.frames_sent;
  // The copy that still waits in the outbox will do for both.
  if (frames_.is_queued(index)) return;
  frames_.queued(index);
  outbox.frames.push_back({device.path.config.port, frames_.memory(index).first(slot.frame_bytes), index});
}

// The frame that waits longest goes first.
void InitiatorCore::send_lost_again(Device& device, Instant now, Outbox& outbox) {
  std::optional<SlotIndex> oldest;
  for (const SlotIndex index : frames_.in_flight()) {
    if (!frames_[index].lost || &device_of(index) != &device) continue;
    if (!oldest || frames_[index].first_sent_at < frames_[*oldest].first_sent_at) oldest = index;
  }
  AOEKIT_CHECK(oldest.has_value());
  frames_[*oldest].lost = false;
  --device.path.lost;
  ++counters_.retransmitted;
  transmit(device, *oldest, now, outbox);
}

Instant InitiatorCore::give_up_at(const FrameSlot& slot) const {
  const auto& after = options_.retransmit.give_up_after;
  return after ? slot.first_sent_at + *after : Instant::max();
}

void InitiatorCore::on_timer(Instant now, Outbox& outbox) {
  // Downwards, because finishing a frame moves the last one of the list into its place.
  for (std::size_t i = frames_.in_flight().size(); i-- > 0;) {
    const SlotIndex index = frames_.in_flight()[i];
    if (frames_[index].deadline <= now) frame_expired(index, now);
  }
  for (Device& device : devices_) pump(device, now, outbox);
}

void InitiatorCore::frame_expired(SlotIndex index, Instant now) {
  FrameSlot& slot = frames_[index];
  Device& device = device_of(index);
  if (now >= give_up_at(slot)) {
    ++counters_.gave_up;
    finish_frame(index, {Outcome::no_answer, block::BlockStatus::unavailable, 0, 0});
    return;
  }
  AOEKIT_CHECK(!slot.lost);
  ++counters_.timeouts;
  device.path.window.lost(slot.last_sent_at, now);
  if (requests_[slot.request].op.kind != block::OpKind::flush) device.path.rtt.timed_out(slot.times_sent);
  slot.lost = true;
  slot.deadline = give_up_at(slot);
  --device.path.on_the_wire;
  ++device.path.lost;
}

std::optional<Instant> InitiatorCore::next_deadline() const {
  std::optional<Instant> earliest;
  for (const SlotIndex index : frames_.in_flight()) {
    const Instant deadline = frames_[index].deadline;
    if (deadline != Instant::max() && (!earliest || deadline < *earliest)) earliest = deadline;
  }
  return earliest;
}

void InitiatorCore::on_frame(PortId port, ByteView frame, Instant now, Outbox& outbox) {
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response()) {
    ++counters_.not_a_response;
    return;
  }
  const std::optional<SlotIndex> index = frames_.find(header->tag);
  if (!index) {
    ++counters_.unknown_tag;
    return;
  }
  Device& device = device_of(*index);
  const PathConfig& path = device.path.config;
  if (port != path.port || header->source != path.target_mac || header->address != device.address ||
      header->command != static_cast<std::uint8_t>(wire::Command::ata)) {
    ++counters_.wrong_sender;
    return;
  }
  accept_answer(device, *index, *header, frame, now);
  pump(device, now, outbox);
}

void InitiatorCore::accept_answer(Device& device, SlotIndex index, const wire::Header& header, ByteView frame,
                                  Instant now) {
  const FrameSlot& slot = frames_[index];
  const block::BlockOp& op = requests_[slot.request].op;
  Answer answer;
  if (header.is_error()) {
    answer = judge_aoe_error(header.error);
  } else {
    const auto body = wire::decode_body(header, frame);
    if (!body) {
      ++counters_.malformed;
      return;
    }
    const auto& reply = std::get<wire::AtaBody>(*body);
    answer = judge_ata(op.kind, reply, slot.range.count.bytes());
    if (answer.outcome == Outcome::ok && op.kind == block::OpKind::read) {
      const std::uint64_t offset = slot.range.first.byte_offset() - op.range.first.byte_offset();
      const ByteView data = reply.data.first(slot.range.count.bytes());
      std::copy(data.begin(), data.end(), op.data.begin() + static_cast<std::ptrdiff_t>(offset));
    }
  }
  ++counters_.answers;
  device.path.window.answered();
  if (slot.times_sent == 1 && op.kind != block::OpKind::flush) device.path.rtt.sample(now - slot.first_sent_at);
  finish_frame(index, answer);
}

void InitiatorCore::finish_frame(SlotIndex index, const Answer& answer) {
  const FrameSlot slot = frames_[index];
  Device& device = device_of(index);
  Request& request = requests_[slot.request];
  --(slot.lost ? device.path.lost : device.path.on_the_wire);
  frames_.release(index);
  --request.frames_in_flight;
  if (answer.outcome != Outcome::ok) {
    Completion& result = request.result;
    if (result.outcome == Outcome::ok || slot.range.first < result.failed.first) {
      result.outcome = answer.outcome;
      result.status = answer.status;
      result.ata_status = answer.ata_status;
      result.code = answer.code;
      result.failed = slot.range;
    }
    // No use in sending the rest; what is on the wire is waited for, because its data may still be read into.
    request.cut = true;
  }
  finish_if_done(device, slot.request);
}

void InitiatorCore::recycle(Outbox& outbox) {
  for (const TxFrame& frame : outbox.frames) frames_.unqueued(frame.slot);
  outbox.frames.clear();
}

}  // namespace aoekit::initiator
