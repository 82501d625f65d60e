// What answers, and their absence, do to the frames of requests.
#include <algorithm>

#include "base/check.h"
#include "initiator/core.h"
#include "wire/decode.h"

namespace aoekit::initiator {

std::optional<Instant> InitiatorCore::give_up_at(const FrameSlot& slot) const {
  if (!options_.dead_after) return std::nullopt;
  return slot.first_sent_at + *options_.dead_after;
}

// Commands that take as long as it takes, whatever the round trip.
bool InitiatorCore::is_slow(const FrameSlot& slot) const {
  const Request& request = requests_[slot.request];
  return request.is_flushing || request.op.kind == block::OpKind::flush || request.op.kind == block::OpKind::trim;
}

// When the latest copy counts as lost.
Instant InitiatorCore::lost_at(const Device& device, const FrameSlot& slot) const {
  const Path& path = device.paths[slot.path];
  return slot.last_sent_at + (is_slow(slot) ? path.slow_rtt : path.rtt).timeout(slot.times_sent);
}

// Whether a slow command goes on waiting. Its path may have died meanwhile: then it goes by another one.
bool InitiatorCore::is_only_slow(Device& device, SlotIndex index, Instant now, Outbox& outbox) {
  const FrameSlot& slot = slots_[index];
  const Instant lost = lost_at(device, slot);
  if (!is_slow(slot) || now >= lost) return false;
  const Path& path = device.paths[slot.path];
  Instant next = lost;
  if (path.state == PathState::up && path.last_heard <= slot.last_sent_at) {
    suspect(device, slot.path, now, outbox);
    next = now + path.rtt.overdue_after();
  } else if (path.state != PathState::up && any_up(device)) {
    return false;
  }
  timers_.set(index, std::min({next, lost, give_up_at(slot).value_or(Instant::max())}));
  return true;
}

void InitiatorCore::frame_expired(SlotIndex index, Instant now, Outbox& outbox) {
  FrameSlot& slot = slots_[index];
  Device& device = device_of(slot);
  if (give_up_at(slot).value_or(Instant::max()) <= now) {
    if (dead_at(device).value_or(Instant::max()) <= now) return set_down(device, now);
    ++counters_.gave_up;
    const std::uint32_t request = slot.request;
    const SectorRange where = slot.range;
    give_up(device, index);
    note_failure(requests_[request], {Outcome::no_answer, block::BlockStatus::unavailable, 0, 0}, where);
    stop_sending(device, request);
    finish_if_done(device, request, now, outbox);
    return want_to_send(device);
  }
  if (is_only_slow(device, index, now, outbox)) return;
  ++counters_.timeouts;
  Path& path = device.paths[slot.path];
  ++path.timeouts;
  device.target_of(path).window.lost(slot.last_sent_at, now);
  (is_slow(slot) ? path.slow_rtt : path.rtt).timed_out(slot.times_sent);
  leave_wire(device, slot);
  wait_to_be_sent(device, index);
  if (path.last_heard <= slot.last_sent_at) {
    suspect(device, slot.path, now, outbox);
  } else {
    note_large_loss(device, slot, now, outbox);
  }
  want_to_send(device);
}

// A path that answers small frames and loses large ones, again and again, gets small ones from now on.
void InitiatorCore::note_large_loss(Device& device, const FrameSlot& slot, Instant now, Outbox& outbox) {
  Path& path = device.paths[slot.path];
  if (is_slow(slot) || slot.piece <= kSectorsPerFrameSafe || slot.last_sent_at < path.large_losses_since) return;
  path.large_losses_since = now;  // those that were lost together count once
  if (++path.large_losses < kLargeLossesMax) return probe(device, slot.path, outbox);  // does it answer small frames?
  path.only_small = true;
  path.sectors = sectors_of(path);
  tell(DeviceEventKind::path_small, device, &path);
}

void InitiatorCore::on_answer(SlotIndex index, PortId port, const wire::Header& header, ByteView frame, Instant now,
                              Outbox& outbox) {
  const FrameSlot& slot = slots_[index];
  Device& device = device_of(slot);
  const auto path_index = find_path(device, port, header.source);
  if (!path_index || (slot.paths >> *path_index & 1U) == 0 || header.address != device.address ||
      header.command != static_cast<std::uint8_t>(wire::Command::ata)) {
    ++counters_.wrong_sender;
    return;
  }
  const std::optional<Answer> answer = judge(slot, header, frame);
  if (!answer) {
    ++counters_.malformed;
    return;
  }
  ++counters_.answers;
  Path& path = device.paths[*path_index];
  device.target_of(path).window.answered();
  if (slot.times_sent == 1) (is_slow(slot) ? path.slow_rtt : path.rtt).sample(now - slot.first_sent_at);
  if (slot.piece > kSectorsPerFrameSafe) path.large_losses = 0;
  requests_[slot.request].failed_path = static_cast<std::uint8_t>(*path_index);
  finish_piece(device, index, *answer, now, outbox);
  heard(device, *path_index, now);
  pump(device, now, outbox);
}

// What the answer says; nothing for one that cannot be. Read data go where they were asked to.
std::optional<Answer> InitiatorCore::judge(const FrameSlot& slot, const wire::Header& header, ByteView frame) {
  if (header.is_error()) return judge_aoe_error(header.error);
  const auto body = wire::decode_body(header, frame);
  if (!body) return std::nullopt;
  const auto& reply = std::get<wire::AtaBody>(*body);
  const block::BlockOp& op = requests_[slot.request].op;
  const std::size_t bytes = slot.piece_range().count.bytes();
  const Answer answer = judge_ata(op.kind, reply, bytes);
  if (answer.outcome == Outcome::ok && op.kind == block::OpKind::read) {
    const std::uint64_t offset = slot.range.first.byte_offset() - op.range.first.byte_offset();
    const ByteView data = reply.data.first(bytes);
    std::copy(data.begin(), data.end(), op.data.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  return answer;
}

void InitiatorCore::finish_piece(Device& device, SlotIndex index, const Answer& answer, Instant now, Outbox& outbox) {
  FrameSlot& slot = slots_[index];
  const std::uint32_t request = slot.request;
  const SectorRange piece = slot.piece_range();
  const bool is_last = slot.piece == slot.range.count.count;
  const bool has_failed = answer.outcome != Outcome::ok || requests_[request].result.outcome != Outcome::ok;
  if (!is_last && !has_failed) {
    // The rest of what was cut for a path with larger frames.
    if (slot.stage == FrameSlot::Stage::on_the_wire) {
      leave_wire(device, slot);
    } else {
      slot_links_.remove(device.waiting, index);
    }
    slot.range = {Lba{piece.end()}, Sectors{slot.range.count.count - piece.count.count}};
    forget_tag(device, slot);
    frames_.retag(index);
    slot.first_sent_at = now;
    wait_to_be_sent(device, index);
    return;
  }
  release(device, index);
  if (answer.outcome != Outcome::ok) {
    note_failure(requests_[request], answer, piece);
    stop_sending(device, request);
  }
  finish_if_done(device, request, now, outbox);
}

}  // namespace aoekit::initiator
