// Frames of requests: cutting, sending and sending again.
#include <algorithm>

#include "base/check.h"
#include "initiator/core.h"
#include "wire/encode.h"

namespace aoekit::initiator {

// Sends what the windows allow: what waits to be sent again first, then new frames.
void InitiatorCore::pump(Device& device, Instant now, Outbox& outbox) {
  if (device.has_questions_due) ask_due_questions(device, now, outbox);
  for (auto i = device.waiting.first; i != kNoIndex;) {
    const auto index = static_cast<SlotIndex>(i);
    i = slot_links_.next(i);
    const auto path = path_for_waiting(device, slots_[index], now);
    if (!path && others_may_pass(device, slots_[index], now)) continue;
    if (!path) return;
    slot_links_.remove(device.waiting, index);
    transmit(device, index, *path, now, outbox);
  }
  for (auto i = device.ready.first; i != kNoIndex;) {
    const std::uint32_t index = i;
    Request& request = requests_[index];
    if (!may_take_slot(device)) return want_to_send(device);
    const auto path = path_for_new(device, request, now);
    if (!path && !request.pinned_to) return;
    if (path) transmit(device, make_frame(device, index, *path), *path, now, outbox);
    if (path && !request.is_cut()) continue;
    i = request_links_.next(index);
    if (!path) continue;  // only this one has to wait for its path
    request_links_.remove(device.ready, index);
    request.stage = Request::Stage::sent;
  }
}

// Whether a frame that has to wait to be sent again holds up nobody, because it needs a certain path. If it has not
// timed out, its target may have it in a buffer, which nobody else may fill.
bool InitiatorCore::others_may_pass(const Device& device, const FrameSlot& slot, Instant now) const {
  if (requests_[slot.request].pinned_to) return true;
  return keeps_its_size(device, slot) && now - slot.last_sent_at >= options_.retransmit.rto_min;
}

// One disk gets half of the slots at most, two get a third each, and so on: silent ones cannot take them all.
bool InitiatorCore::may_take_slot(const Device& device) const {
  return frames_.free_count() > 0 && (device.slots == 0 || device.slots < frames_.free_count());
}

// A slot for the request's next sectors.
SlotIndex InitiatorCore::make_frame(Device& device, std::uint32_t request_index, std::size_t path) {
  Request& request = requests_[request_index];
  const block::BlockOp& op = request.op;
  const SlotIndex index = frames_.acquire();
  FrameSlot& slot = slots_[index];
  slot = FrameSlot{};
  slot.request = request_index;
  if (op.kind == block::OpKind::flush || request.is_flushing) {
    request.flush_is_made = true;
  } else {
    const std::uint64_t most = op.kind == block::OpKind::trim ? kTrimSectorsMax : device.paths[path].sectors;
    slot.range.first = Lba{op.range.first.value + request.sectors_cut};
    slot.range.count = Sectors{std::min(op.range.count.count - request.sectors_cut, most)};
    request.sectors_cut += slot.range.count.count;
  }
  ++request.frames;
  ++device.slots;
  return index;
}

// The next piece of the slot's range, and its data into the frame.
void InitiatorCore::prepare(Device& device, SlotIndex index, std::uint64_t sectors_max) {
  FrameSlot& slot = slots_[index];
  const block::BlockOp& op = requests_[slot.request].op;
  const MutableBytes data = frames_.memory(index).subspan(wire::kAtaHeaderBytes);
  AOEKIT_CHECK(device.slots > 0);
  slot.data_bytes = 0;
  if (slot.range.count.count == 0) return;
  slot.piece = std::min(slot.range.count.count, sectors_max);
  if (op.kind == block::OpKind::trim) {
    write_trim_block(slot.piece_range(), data.first(kSectorBytes));
    slot.data_bytes = kSectorBytes;
  }
  if (op.kind == block::OpKind::write) {
    const std::uint64_t offset = slot.range.first.byte_offset() - op.range.first.byte_offset();
    slot.data_bytes = slot.piece_range().count.bytes();
    if (op.data.empty()) {
      std::fill_n(data.begin(), slot.data_bytes, std::uint8_t{0});
    } else {
      const MutableBytes from = op.data.subspan(offset, slot.data_bytes);
      std::copy(from.begin(), from.end(), data.begin());
    }
  }
}

void InitiatorCore::transmit(Device& device, SlotIndex index, std::size_t path_index, Instant now, Outbox& outbox) {
  FrameSlot& slot = slots_[index];
  Request& request = requests_[slot.request];
  const block::OpKind kind = request.is_flushing ? block::OpKind::flush : request.op.kind;
  Path& path = device.paths[path_index];
  Target& target = device.target_of(path);
  const std::uint64_t sectors_max = kind == block::OpKind::trim ? kTrimSectorsMax : path.sectors;
  if (slot.times_sent > 0 && slot.piece > sectors_max) {
    // This path carries less: from here on it is another frame.
    request.copy_paths |= slot.paths;
    request.is_recut = request.is_recut || kind == block::OpKind::write;
    forget_tag(device, slot);
    frames_.retag(index);
  }
  if (slot.times_sent == 0) {
    prepare(device, index, sectors_max);
    slot.first_sent_at = now;
  }
  const bool is_copy = slot.times_sent > 0;
  const auto bit = static_cast<std::uint16_t>(1U << path_index);
  if ((slot.paths & bit) == 0) ++path.references;
  slot.paths |= bit;
  if (is_copy) request.copy_paths |= slot.paths;
  slot.path = static_cast<std::uint8_t>(path_index);
  slot.stage = FrameSlot::Stage::on_the_wire;
  slot.last_sent_at = now;
  ++slot.times_sent;
  ++path.on_the_wire;
  ++target.on_the_wire;
  ++path.frames_sent;
  ++counters_.frames_sent;
  if (is_copy) ++path.frames_retransmitted;
  if (is_copy) ++counters_.retransmitted;

  wire::Header header;
  header.destination = target.mac;
  header.source = ports_[path.port.value].mac;
  header.address = device.address;
  header.command = static_cast<std::uint8_t>(wire::Command::ata);
  header.tag = frames_.tag(index);
  AtaRequestOptions how;
  how.width = kind == block::OpKind::flush ? device.flush_width() : device.width();
  if (kind == block::OpKind::write && device.can_fua()) how.durability = request.op.durability;
  const wire::AtaBody body = ata_request(kind, slot.piece_range(), how);
  const std::size_t bytes =
      wire::encode_around_data(frames_.memory(index), header, body, slot.data_bytes).size();
  put(path.port, frames_, index, bytes, outbox);

  // A slow command's path is looked after much earlier than the command is given up for lost.
  const bool is_watched = is_slow(slot) && device.paths.size() > 1;
  const Instant deadline = is_watched ? now + path.rtt.overdue_after() : lost_at(device, slot);
  timers_.set(index, std::min(deadline, give_up_at(slot).value_or(Instant::max())));
}

// A copy that still waits in the outbox is replaced: this one will do for both.
void InitiatorCore::put(PortId port, SlotPool& pool, SlotIndex index, std::size_t bytes, Outbox& outbox) {
  const TxFrame frame{port, pool.memory(index).first(bytes), index};
  if (const auto position = pool.queued_at(index)) {
    AOEKIT_CHECK(*position < outbox.frames.size() && outbox.frames[*position].slot == index);
    outbox.frames[*position] = frame;
    return;
  }
  pool.queued(index, outbox.frames.size());
  outbox.frames.push_back(frame);
}

void InitiatorCore::leave_wire(Device& device, FrameSlot& slot) {
  AOEKIT_CHECK(slot.stage == FrameSlot::Stage::on_the_wire);
  Path& path = device.paths[slot.path];
  --path.on_the_wire;
  --device.target_of(path).on_the_wire;
  slot.stage = FrameSlot::Stage::waiting;
}

void InitiatorCore::forget_tag(Device& device, FrameSlot& slot) {
  for (std::size_t i = 0; i < device.paths.size(); ++i) {
    if ((slot.paths >> i & 1U) != 0) --device.paths[i].references;
  }
  slot.paths = 0;
  slot.times_sent = 0;
  slot.piece = 0;
}

// REQUIRES: it has left the wire.
void InitiatorCore::wait_to_be_sent(Device& device, SlotIndex index) {
  slot_links_.push_back(device.waiting, index);
  watch_waiting(index);
}

void InitiatorCore::watch_waiting(SlotIndex index) {
  if (const auto at = give_up_at(slots_[index])) {
    timers_.set(index, *at);
  } else {
    timers_.cancel(index);
  }
}

// Ends a slot that was not answered.
void InitiatorCore::give_up(Device& device, SlotIndex index) {
  requests_[slots_[index].request].copy_paths |= slots_[index].paths;
  release(device, index);
}

void InitiatorCore::release(Device& device, SlotIndex index) {
  FrameSlot& slot = slots_[index];
  if (slot.stage == FrameSlot::Stage::on_the_wire) {
    leave_wire(device, slot);
  } else {
    slot_links_.remove(device.waiting, index);
  }
  forget_tag(device, slot);
  timers_.cancel(index);
  frames_.release(index);
  --requests_[slot.request].frames;
  --device.slots;
}

}  // namespace aoekit::initiator
