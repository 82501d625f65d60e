// Requests: who waits for whom, and how they end.
#include <algorithm>

#include "base/check.h"
#include "initiator/core.h"

namespace aoekit::initiator {

void InitiatorCore::hold_or_start(Device& device, std::uint32_t index, Instant now) {
  Request& request = requests_[index];
  if (request.modifies()) ++device.modifying;
  if (device.modifying > 0) {
    for (auto i = device.unfinished.first; i != kNoIndex; i = order_links_.next(i)) {
      if (requests_[i].conflicts_with(request)) ++request.blockers;
    }
  }
  order_links_.push_back(device.unfinished, index);
  ++device.held;
  start_if_free(device, index, now);
}

void InitiatorCore::start_if_free(Device& device, std::uint32_t index, Instant now) {
  Request& request = requests_[index];
  AOEKIT_CHECK(request.stage == Request::Stage::held);
  if (request.blockers > 0) return;
  if (request.modifies() && is_quarantined(device, request, now)) return;
  --device.held;
  const bool is_done = request.is_cut() || (request.op.kind == block::OpKind::flush && !device.can_flush());
  request.stage = is_done ? Request::Stage::sent : Request::Stage::ready;
  if (is_done) {
    finish(device, index, now);
  } else {
    request_links_.push_back(device.ready, index);
  }
}

// Of several failures the first one, by address, is told.
void InitiatorCore::note_failure(Request& request, const Answer& answer, SectorRange where) {
  Completion& result = request.result;
  if (result.outcome != Outcome::ok && !(where.first < result.failed.first)) return;
  result.outcome = answer.outcome;
  result.status = answer.status;
  result.ata_status = answer.ata_status;
  result.code = answer.code;
  result.failed = where;
}

// The request has failed: nothing more of it is sent, and what waits to be sent again is given up. What is on the wire
// is waited for, because more may be known of it.
void InitiatorCore::stop_sending(Device& device, std::uint32_t index) {
  Request& request = requests_[index];
  if (request.stage == Request::Stage::ready) request_links_.remove(device.ready, index);
  if (request.stage == Request::Stage::held) --device.held;
  if (request.stage == Request::Stage::settling) --device.settling;
  request.stage = Request::Stage::sent;
  for (auto i = device.waiting.first; i != kNoIndex;) {
    const auto slot = static_cast<SlotIndex>(i);
    i = slot_links_.next(i);
    if (slots_[slot].request == index) give_up(device, slot);
  }
}

void InitiatorCore::fail_all(Device& device, Outcome outcome, Instant now) {
  const Answer answer{outcome, block::BlockStatus::unavailable, 0, 0};
  // Downwards, because releasing a slot moves the last one of the list into its place.
  for (std::size_t i = frames_.in_flight().size(); i-- > 0;) {
    const SlotIndex index = frames_.in_flight()[i];
    const FrameSlot& slot = slots_[index];
    if (&device_of(slot) != &device) continue;
    note_failure(requests_[slot.request], answer, slot.range);
    give_up(device, index);
  }
  while (!device.unfinished.empty()) {
    const std::uint32_t index = device.unfinished.first;
    Request& request = requests_[index];
    if (request.result.outcome == Outcome::ok) note_failure(request, answer, request.op.range);
    stop_sending(device, index);
    finish(device, index, now);
  }
}

void InitiatorCore::finish_if_done(Device& device, std::uint32_t index, Instant now, Outbox& outbox) {
  Request& request = requests_[index];
  if (request.stage != Request::Stage::sent || request.frames > 0) return;
  if (must_settle(device, request, now)) return;
  const bool wants_flush = request.op.kind == block::OpKind::write &&
                           request.op.durability == block::Durability::stable && !device.can_fua() &&
                           device.can_flush();
  if (request.result.outcome == Outcome::ok && wants_flush && !request.is_flushing) {
    request.is_flushing = true;
    request.stage = Request::Stage::ready;
    request_links_.push_front(device.ready, index);
    return;
  }
  if (is_waiting_for_holder(device, request, now, outbox)) return;
  finish(device, index, now);
}

void InitiatorCore::finish(Device& device, std::uint32_t index, Instant now) {
  Request& request = requests_[index];
  AOEKIT_CHECK(request.frames == 0 && request.stage != Request::Stage::ready);
  const bool ok = request.result.outcome == Outcome::ok;
  ++(ok ? device.requests_done : device.requests_failed);
  if (ok && request.op.kind == block::OpKind::read) device.bytes_read += request.op.range.count.bytes();
  if (ok && request.op.kind == block::OpKind::write) device.bytes_written += request.op.range.count.bytes();
  if (request.modifies()) --device.modifying;
  if (request.modifies() && request.copy_paths != 0) quarantine(device, request, now);
  request.stage = Request::Stage::finished;
  request_links_.push_back(finished_, index);
  // Later requests that waited for this one. None of those that start now can be finished at once, so the list holds.
  auto i = order_links_.next(index);
  order_links_.remove(device.unfinished, index);
  for (; i != kNoIndex && device.held > 0; i = order_links_.next(i)) {
    Request& later = requests_[i];
    if (later.stage != Request::Stage::held || !later.conflicts_with(request)) continue;
    --later.blockers;
    start_if_free(device, i, now);
  }
}

}  // namespace aoekit::initiator
