// The core's outline: its memory, submission and completion, and the dispatch of timers and frames.
#include "initiator/core.h"

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "wire/decode.h"

namespace aoekit::initiator {
namespace {

// Devices that may try to send after each frame, when slots are scarce.
constexpr std::size_t kHungryTries = 4;

std::size_t frame_bytes(const InitiatorLimits& limits) {
  return wire::kAtaHeaderBytes + limits.sectors_per_frame_max * std::size_t{kSectorBytes};
}

Error refusal(int os_error, const Device& device, std::string_view reason) {
  return Error{fmt::format("{}: {}", device.address.to_string(), reason), os_error};
}

// Why a device cannot take the operation.
std::optional<Error> refusal_of(const Device& device, const block::BlockOp& op) {
  switch (device.state) {
    case DeviceState::up:
    case DeviceState::silent: break;
    case DeviceState::found: return refusal(EIO, device, "the disk has not been identified yet");
    case DeviceState::down: return refusal(EIO, device, "the disk is down: it has stopped answering");
    case DeviceState::replaced: return refusal(EIO, device, "another disk answers to this address now");
  }
  if (op.kind == block::OpKind::trim && !device.page->trim_supported) {
    return refusal(EOPNOTSUPP, device, "the disk cannot trim");
  }
  if (op.range.fits(device.size)) return std::nullopt;
  return refusal(ENOSPC, device,
                 fmt::format("sectors {} to {} are past the end of the disk ({} sectors)", op.range.first.value,
                             op.range.first.value + op.range.count.count, device.size.count));
}

}  // namespace

InitiatorCore::InitiatorCore(const InitiatorOptions& options, Instant now)
    : options_(options),
      latest_(now),
      ports_(kPortsMax),
      frames_({.first = 0,
               .count = options.limits.frames,
               .frame_bytes = frame_bytes(options.limits),
               .first_generation = options.tag_seed}),
      slots_(options.limits.frames),
      control_({.first = static_cast<SlotIndex>(options.limits.frames),
                .count = kControlFrames,
                .frame_bytes = wire::kMinFrameBytes,
                .first_generation = options.tag_seed}),
      questions_(kControlFrames),
      timers_(options.limits.frames + kControlFrames + options.limits.devices + 1),
      requests_(options.limits.requests),
      free_requests_(options.limits.requests),
      quarantines_(kQuarantinesMax),
      order_links_(options.limits.requests),
      request_links_(options.limits.requests),
      slot_links_(options.limits.frames),
      hungry_links_(options.limits.devices),
      asking_links_(options.limits.devices),
      discover_at_(now),
      events_(kEventsMax) {
  AOEKIT_CHECK(options.limits.frames <= kFramesMax);
  AOEKIT_CHECK(options.limits.sectors_per_frame_max >= 1);
  AOEKIT_CHECK(options.limits.sectors_per_frame_max <= wire::kSectorsPerFrameMax);
  AOEKIT_CHECK(options.discovery.interval > Duration{0} && options.discovery.probe_interval > Duration{0});
  devices_.reserve(options.limits.devices);
  for (std::size_t i = requests_.size(); i-- > 0;) free_requests_.push_back(static_cast<std::uint32_t>(i));
}

std::uint32_t InitiatorCore::device_timer(DeviceId device) const {
  return static_cast<std::uint32_t>(options_.limits.frames + kControlFrames + device.value);
}

std::uint32_t InitiatorCore::core_timer() const {
  return static_cast<std::uint32_t>(options_.limits.frames + kControlFrames + options_.limits.devices);
}

Result<RequestId> InitiatorCore::submit(DeviceId device_id, const block::BlockOp& op, Instant now, Outbox& outbox) {
  notice(now);
  Device& device = *devices_[device_id.value];
  if (auto reason = refusal_of(device, op)) return tl::unexpected(std::move(*reason));
  if (free_requests_.empty()) return tl::unexpected(refusal(EAGAIN, device, "too many requests are unfinished"));
  const bool has_data = op.kind == block::OpKind::read || (op.kind == block::OpKind::write && !op.data.empty());
  AOEKIT_CHECK(!has_data || op.data.size() == op.range.count.bytes());

  const std::uint32_t index = free_requests_[free_requests_.size() - 1];
  free_requests_.erase_at(free_requests_.size() - 1);
  Request& request = requests_[index];
  request = Request{};
  request.device = device_id;
  request.op = op;
  request.result.id = RequestId{++last_request_id_};
  request.result.cookie = op.cookie;
  request.result.kind = op.kind;
  const RequestId id = request.result.id;
  const bool was_idle = device.unfinished.empty();
  if (was_idle) device.busy_since = now;
  hold_or_start(device, index, now);
  if (was_idle) watch(device);
  pump(device, now, outbox);
  return id;
}

std::size_t InitiatorCore::drain(std::span<Completion> out) {
  std::size_t count = 0;
  while (count < out.size() && !finished_.empty()) {
    const std::uint32_t index = request_links_.pop_front(finished_);
    out[count++] = requests_[index].result;
    free_requests_.push_back(index);
  }
  return count;
}

void InitiatorCore::on_frame(PortId port, ByteView frame, Instant now, Outbox& outbox) {
  notice(now);
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response() || port.value >= ports_.size()) {
    ++counters_.not_a_response;
    return;
  }
  if (header->command == static_cast<std::uint8_t>(wire::Command::config)) {
    on_config_response(port, *header, frame, now, outbox);
  } else if (const auto index = frames_.find(header->tag)) {
    on_answer(*index, port, *header, frame, now, outbox);
  } else if (const auto asked = control_.find(header->tag)) {
    on_question_answer(*asked, port, *header, frame, now, outbox);
  } else {
    ++counters_.unknown_tag;
  }
  serve_waiting(kHungryTries, now, outbox);
}

void InitiatorCore::on_timer(Instant now, Outbox& outbox) {
  notice(now);
  while (const auto timer = timers_.pop_due(now)) {
    if (frames_.contains(*timer)) {
      frame_expired(static_cast<SlotIndex>(*timer), now, outbox);
    } else if (control_.contains(*timer)) {
      question_expired(static_cast<SlotIndex>(*timer), now, outbox);
    } else if (*timer == core_timer()) {
      if (discover_at_ <= now) ask_everybody(now, outbox);
      timers_.set(core_timer(), discover_at_);
    } else {
      look_after(*devices_[*timer - device_timer(DeviceId{0})], now, outbox);
    }
  }
  serve_waiting(hungry_.size, now, outbox);
}

std::optional<Instant> InitiatorCore::next_deadline() const { return timers_.earliest(); }

// Those who could not send or ask, now that there may be room.
void InitiatorCore::serve_waiting(std::size_t tries, Instant now, Outbox& outbox) {
  while (!asking_.empty() && can_ask()) {
    ask_due_questions(*devices_[asking_links_.pop_front(asking_)], now, outbox);
  }
  for (tries = std::min(tries, hungry_.size); tries > 0 && !hungry_.empty(); --tries) {
    pump(*devices_[hungry_links_.pop_front(hungry_)], now, outbox);
  }
}

void InitiatorCore::recycle(Outbox& outbox) {
  bool has_freed = false;
  for (const TxFrame& frame : outbox.frames) {
    has_freed = (frames_.contains(frame.slot) ? frames_ : control_).unqueued(frame.slot) || has_freed;
  }
  outbox.frames.clear();
  // Somebody may have waited for just these.
  if (has_freed && (!hungry_.empty() || !asking_.empty())) timers_.set(core_timer(), latest_);
}

void InitiatorCore::tell(DeviceEventKind kind, const Device& device, const Path* path) {
  if (events_.full()) return;
  DeviceEvent event;
  event.kind = events_.room() == 1 ? DeviceEventKind::overflow : kind;
  event.device = device.id;
  event.address = device.address;
  event.size = device.size;
  if (path != nullptr) {
    event.port = path->port;
    event.target_mac = device.target_of(*path).mac;
  }
  events_.push_back(event);
}

std::size_t InitiatorCore::drain_events(std::span<DeviceEvent> out) {
  const std::size_t count = std::min(out.size(), events_.size());
  std::copy_n(events_.begin(), count, out.begin());
  for (std::size_t i = 0; i < count; ++i) events_.erase_at(0);
  return count;
}

}  // namespace aoekit::initiator
