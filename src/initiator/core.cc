// Requests: submission, cutting into frames under the window, and completion.
#include "initiator/core.h"

#include <algorithm>

#include "base/check.h"
#include "wire/encode.h"

namespace aoekit::initiator {

InitiatorCore::InitiatorCore(const InitiatorOptions& options)
    : options_(options),
      frames_(options.limits, options.tag_seed),
      ports_(kPortsMax),
      devices_(kDevicesMax),
      requests_(options.limits.requests),
      free_requests_(options.limits.requests),
      finished_(options.limits.requests) {
  for (std::size_t i = requests_.size(); i-- > 0;) free_requests_.push_back(static_cast<std::uint32_t>(i));
}

PortId InitiatorCore::add_port(wire::MacAddress own_mac) {
  ports_.push_back(own_mac);
  return PortId{static_cast<std::uint16_t>(ports_.size() - 1)};
}

DeviceId InitiatorCore::add_device(const DeviceConfig& config) {
  AOEKIT_CHECK(config.path.port.value < ports_.size());
  AOEKIT_CHECK(config.path.sectors_per_frame >= 1);
  AOEKIT_CHECK(config.path.sectors_per_frame <= options_.limits.sectors_per_frame_max);
  AOEKIT_CHECK(config.width == AddressWidth::lba48 || config.size.count <= std::uint64_t{1} << 28);
  devices_.push_back(Device(config, options_.limits, options_.retransmit));
  return DeviceId{static_cast<std::uint32_t>(devices_.size() - 1)};
}

Result<RequestId> InitiatorCore::submit(DeviceId device_id, const block::BlockOp& op, Instant now, Outbox& outbox) {
  AOEKIT_CHECK(device_id.value < devices_.size());
  Device& device = devices_[device_id.value];
  if (op.kind == block::OpKind::trim) return fail("{}: cannot trim over the network", device.address.to_string());
  if (!op.range.fits(device.size)) {
    return fail("{}: sectors {} to {} are past the end of the disk ({} sectors)", device.address.to_string(),
                op.range.first.value, op.range.first.value + op.range.count.count, device.size.count);
  }
  if (free_requests_.empty()) return fail("{}: too many requests are unfinished", device.address.to_string());
  AOEKIT_CHECK(op.kind == block::OpKind::flush || op.data.size() == op.range.count.bytes());

  const std::uint32_t index = free_requests_[free_requests_.size() - 1];
  free_requests_.erase_at(free_requests_.size() - 1);
  Request& request = requests_[index];
  request = Request{};
  request.device = device_id;
  request.op = op;
  request.result.id = RequestId{++last_request_id_};
  request.result.cookie = op.cookie;
  request.result.kind = op.kind;
  request.cut = op.kind != block::OpKind::flush && op.range.count.count == 0;
  const RequestId id = request.result.id;
  device.unfinished.push_back(index);
  pump(device, now, outbox);
  return id;
}

// Sends what the window allows: lost frames first, then new ones in the order of submission.
void InitiatorCore::pump(Device& device, Instant now, Outbox& outbox) {
  while (device.path.lost > 0 && device.path.has_room()) send_lost_again(device, now, outbox);
  while (device.first_uncut < device.unfinished.size()) {
    const std::uint32_t index = device.unfinished[device.first_uncut];
    Request& request = requests_[index];
    if (!request.cut) {
      if (request.sectors_cut == 0 && is_held_back(device, request)) return;
      if (!device.path.has_room() || frames_.free_count() == 0) return;
      send_next_piece(device, index, now, outbox);
    }
    if (request.cut) {
      ++device.first_uncut;
      finish_if_done(device, index);
    }
  }
}

bool InitiatorCore::is_held_back(const Device& device, const Request& request) const {
  for (std::size_t i = 0; i < device.first_uncut; ++i) {
    const block::BlockOp& earlier = requests_[device.unfinished[i]].op;
    const bool writes = earlier.kind == block::OpKind::write || request.op.kind == block::OpKind::write;
    if (writes && earlier.range.overlaps(request.op.range)) return true;
  }
  return false;
}

void InitiatorCore::send_next_piece(Device& device, std::uint32_t request_index, Instant now, Outbox& outbox) {
  Request& request = requests_[request_index];
  const block::BlockOp& op = request.op;
  const SlotIndex index = frames_.acquire();
  FrameSlot& slot = frames_[index];
  slot.request = request_index;
  slot.first_sent_at = now;
  std::size_t data_bytes = 0;
  if (op.kind != block::OpKind::flush) {
    const std::uint64_t left = op.range.count.count - request.sectors_cut;
    slot.range.first = Lba{op.range.first.value + request.sectors_cut};
    slot.range.count = Sectors{std::min<std::uint64_t>(left, device.path.config.sectors_per_frame)};
  }
  const MutableBytes memory = frames_.memory(index);
  if (op.kind == block::OpKind::write) {
    const MutableBytes data = op.data.subspan(request.sectors_cut * kSectorBytes, slot.range.count.bytes());
    std::copy(data.begin(), data.end(), memory.begin() + wire::kAtaHeaderBytes);
    data_bytes = data.size();
  }
  wire::Header header;
  header.destination = device.path.config.target_mac;
  header.source = ports_[device.path.config.port.value];
  header.address = device.address;
  header.command = static_cast<std::uint8_t>(wire::Command::ata);
  header.tag = frames_.tag(index);
  const AddressWidth width = op.kind == block::OpKind::flush ? device.flush_width : device.width;
  const wire::AtaBody body = ata_request(op.kind, slot.range, width);
  slot.frame_bytes = wire::encode_around_data(memory, header, body, data_bytes).size();
  request.sectors_cut += slot.range.count.count;
  request.cut = request.sectors_cut == op.range.count.count;
  ++request.frames_in_flight;
  transmit(device, index, now, outbox);
}

void InitiatorCore::finish_if_done(Device& device, std::uint32_t request_index) {
  const Request& request = requests_[request_index];
  if (!request.cut || request.frames_in_flight > 0) return;
  const auto found = std::find(device.unfinished.begin(), device.unfinished.end(), request_index);
  AOEKIT_CHECK(found != device.unfinished.end());
  const auto position = static_cast<std::size_t>(found - device.unfinished.begin());
  if (position < device.first_uncut) --device.first_uncut;
  device.unfinished.erase_at(position);
  finished_.push_back(request_index);
}

std::size_t InitiatorCore::drain(std::span<Completion> out) {
  const std::size_t count = std::min(out.size(), finished_.size());
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = requests_[finished_[i]].result;
    free_requests_.push_back(finished_[i]);
  }
  for (std::size_t i = 0; i < count; ++i) finished_.erase_at(0);
  return count;
}

PathStatus InitiatorCore::path_status(DeviceId device) const {
  const Path& path = devices_[device.value].path;
  return {path.window.size(), path.on_the_wire + path.lost, path.rtt.smoothed()};
}

}  // namespace aoekit::initiator
