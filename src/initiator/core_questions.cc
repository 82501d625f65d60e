// Frames that ask about a disk instead of using it: IDENTIFY, and who holds the reservation.
#include <algorithm>

#include "base/check.h"
#include "initiator/core.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::initiator {
namespace {

constexpr unsigned kIdentifyTries = 3;
constexpr unsigned kHolderTries = 2;
// For so long an answer about the reservation is taken for true.
constexpr Duration kHolderFresh = std::chrono::seconds(1);

}  // namespace

// Sends those that are due, as far as there is room.
void InitiatorCore::ask_due_questions(Device& device, Instant now, Outbox& outbox) {
  device.has_questions_due = false;
  for (std::size_t i = 0; i < device.paths.size(); ++i) {
    Path& path = device.paths[i];
    if (!path.identify_at || *path.identify_at > now) continue;
    if (path.is_identifying || path.sectors == 0 || !is_up(path.port)) {
      path.identify_at.reset();
    } else if (ask(device, i, Question::Kind::identify, now, outbox)) {
      path.identify_at.reset();
      path.is_identifying = true;
      path.last_identified = now;
    } else {
      device.has_questions_due = true;
    }
  }
  if (!device.has_questions_due || can_ask() || asking_links_.is_linked(device.id.value)) return;
  asking_links_.push_back(asking_, device.id.value);
}

// False: no room for it, in our memory or among the target's buffers.
bool InitiatorCore::ask(Device& device, std::size_t path_index, Question::Kind kind, Instant now, Outbox& outbox) {
  Path& path = device.paths[path_index];
  Target& target = device.target_of(path);
  if (!can_ask() || target.on_the_wire >= target.window.limit()) return false;
  const SlotIndex index = control_.acquire();
  ++questions_open_;
  ++path.references;
  ++target.on_the_wire;
  Question& asked = question(index);
  asked = Question{};
  asked.kind = kind;
  asked.device = device.id;
  asked.path = path_index;

  wire::Header header;
  header.destination = target.mac;
  header.source = ports_[path.port.value].mac;
  header.address = device.address;
  header.tag = control_.tag(index);
  if (kind == Question::Kind::identify) {
    header.command = static_cast<std::uint8_t>(wire::Command::ata);
    asked.frame_bytes = wire::encode(control_.memory(index), header, identify_request()).size();
  } else {
    header.command = static_cast<std::uint8_t>(wire::Command::reserve);
    asked.frame_bytes = wire::encode(control_.memory(index), header, wire::ReserveBody{}).size();
  }
  send_question(index, now, outbox);
  return true;
}

void InitiatorCore::send_question(SlotIndex index, Instant now, Outbox& outbox) {
  Question& asked = question(index);
  asked.sent_at = now;
  ++asked.times_sent;
  ++counters_.questions;
  const Path& path = devices_[asked.device.value]->paths[asked.path];
  put(path.port, control_, index, asked.frame_bytes, outbox);
  timers_.set(index, now + options_.retransmit.rto_initial * (1U << (asked.times_sent - 1)));
}

void InitiatorCore::question_expired(SlotIndex index, Instant now, Outbox& outbox) {
  const Question asked = question(index);
  Device& device = *devices_[asked.device.value];
  const Path& path = device.paths[asked.path];
  const unsigned tries = asked.kind == Question::Kind::identify ? kIdentifyTries : kHolderTries;
  if (path.last_heard < asked.sent_at) suspect(device, asked.path, now, outbox);
  if (asked.times_sent < tries && is_up(path.port)) {
    send_question(index, now, outbox);
    return;
  }
  end_question(index);
  if (asked.kind == Question::Kind::holder) holder_told(device, std::nullopt, now);
  want_to_send(device);
}

void InitiatorCore::end_question(SlotIndex index) {
  const Question& asked = question(index);
  Device& device = *devices_[asked.device.value];
  Path& path = device.paths[asked.path];
  --path.references;
  --device.target_of(path).on_the_wire;
  if (asked.kind == Question::Kind::identify) path.is_identifying = false;
  timers_.cancel(index);
  control_.release(index);
  --questions_open_;
}

void InitiatorCore::end_questions_of(const Device& device) {
  // Downwards, because releasing a slot moves the last one of the list into its place.
  for (std::size_t i = control_.in_flight().size(); i-- > 0;) {
    const SlotIndex index = control_.in_flight()[i];
    if (question(index).device == device.id) end_question(index);
  }
}

void InitiatorCore::on_question_answer(SlotIndex index, PortId port, const wire::Header& header, ByteView frame,
                                       Instant now, Outbox& outbox) {
  const Question asked = question(index);
  Device& device = *devices_[asked.device.value];
  const Path& path = device.paths[asked.path];
  const wire::Command command = asked.kind == Question::Kind::identify ? wire::Command::ata : wire::Command::reserve;
  if (port != path.port || header.source != device.target_of(path).mac || header.address != device.address ||
      header.command != static_cast<std::uint8_t>(command)) {
    ++counters_.wrong_sender;
    return;
  }
  std::optional<wire::Body> body;
  if (!header.is_error()) {
    auto decoded = wire::decode_body(header, frame);
    if (!decoded) {
      ++counters_.malformed;
      return;
    }
    body = *decoded;
  }
  ++counters_.answers;
  if (asked.kind == Question::Kind::holder) {
    end_question(index);
    heard(device, asked.path, now);
    std::optional<wire::MacAddress> holder;
    if (body && std::get<wire::ReserveBody>(*body).mac_count() > 0) holder = std::get<wire::ReserveBody>(*body).mac(0);
    holder_told(device, holder, now);
  } else {
    on_identify_answer(index, body ? &std::get<wire::AtaBody>(*body) : nullptr, now, outbox);
  }
  plan(device);
  pump(device, now, outbox);
}

// `reply` is null for an AoE error.
void InitiatorCore::on_identify_answer(SlotIndex index, const wire::AtaBody* reply, Instant now, Outbox& outbox) {
  const Question asked = question(index);
  Device& device = *devices_[asked.device.value];
  Path& path = device.paths[asked.path];
  // Under load the frames of requests tell more of the path than one that may have waited behind them.
  if (asked.times_sent == 1 && path.on_the_wire == 0) path.rtt.sample(now - asked.sent_at);
  end_question(index);
  heard(device, asked.path, now);
  std::optional<ata::IdentifyPage> page;
  if (reply != nullptr && judge_ata(block::OpKind::read, *reply, ata::kIdentifyBytes).outcome == Outcome::ok) {
    page = ata::parse_identify(reply->data);
  }
  if (!is_up(path.port)) return;  // it went down meanwhile
  if (page && page->checksum_valid.value_or(true)) {
    identified(device, asked.path, *page, now, outbox);
  } else if (path.state != PathState::refused) {
    // The target is there, but its disk is not.
    set_path_down(device, asked.path, DeviceEventKind::path_lost);
  }
}

// Whether the request's end has to wait until the target says who holds the reservation.
bool InitiatorCore::is_waiting_for_holder(Device& device, Request& request, Instant now, Outbox& outbox) {
  const Completion& result = request.result;
  if (result.outcome != Outcome::aoe_error ||
      result.code != static_cast<std::uint8_t>(wire::AoeError::target_reserved)) {
    return false;
  }
  if (device.holder_told_at != Instant::min() && now - device.holder_told_at < kHolderFresh) {
    request.result.holder = device.holder;
    return false;
  }
  if (!device.is_asking_holder && !ask(device, request.failed_path, Question::Kind::holder, now, outbox)) return false;
  device.is_asking_holder = true;
  request.stage = Request::Stage::asking;
  return true;
}

void InitiatorCore::holder_told(Device& device, std::optional<wire::MacAddress> holder, Instant now) {
  device.is_asking_holder = false;
  device.holder = holder;
  device.holder_told_at = now;
  for (auto i = device.unfinished.first; i != kNoIndex;) {
    const std::uint32_t index = i;
    i = order_links_.next(i);
    if (requests_[index].stage != Request::Stage::asking) continue;
    requests_[index].result.holder = holder;
    finish(device, index, now);
  }
}

}  // namespace aoekit::initiator
