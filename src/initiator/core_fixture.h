// What the initiator's tests need around the core: a hand-made target that answers frames one by one, and the core with
// a disk that it has found there.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <numeric>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "ata/identify.h"
#include "ata/registers.h"
#include "initiator/core.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::initiator {

inline constexpr wire::MacAddress kOurMac{{2, 0, 0, 0, 0, 0x0a}};
inline constexpr wire::MacAddress kTargetMac{{2, 0, 0, 0, 0, 0x0b}};
inline constexpr wire::AoeAddress kAddress{7, 3};

using Frame = std::vector<std::uint8_t>;

// A request taken apart.
struct SeenRequest {
  wire::Header header;
  wire::AtaBody body;
  std::uint64_t lba = 0;
};

inline SeenRequest take_apart(const Frame& frame) {
  SeenRequest seen;
  seen.header = wire::decode_header(frame).value();
  seen.body = std::get<wire::AtaBody>(wire::decode_body(seen.header, frame).value());
  for (std::size_t i = 6; i-- > 0;) seen.lba = seen.lba << 8 | seen.body.lba[i];
  return seen;
}

// Sector contents that tell where they belong.
inline std::uint8_t content_of(std::uint64_t lba) { return static_cast<std::uint8_t>(lba * 31 + 7); }

struct ReplyStyle {
  wire::MacAddress source = kTargetMac;
  std::uint8_t status = ata::kStatusReady;
  std::uint8_t error = 0;
  std::size_t sectors_missing = 0;
};

// The right answer to a read (content_of), a write or a flush; or a wrong one as `style` wishes.
inline Frame answer_to(const Frame& request, const ReplyStyle& style = {}) {
  const SeenRequest seen = take_apart(request);
  const wire::Header header = wire::reply_header(seen.header, style.source, seen.header.address);
  wire::AtaBody body = seen.body;
  body.command_or_status = style.status;
  body.feature_or_error = style.error;
  body.data = {};
  Frame data;
  if (seen.body.command_or_status == static_cast<std::uint8_t>(ata::Opcode::read_sectors_ext)) {
    for (std::size_t i = 0; i < seen.body.count - style.sectors_missing; ++i) {
      data.insert(data.end(), kSectorBytes, content_of(seen.lba + i));
    }
    body.data = data;
  }
  Frame out(wire::kFrameBytesMax);
  out.resize(wire::encode(out, header, body).size());
  return out;
}

inline Frame aoe_error_to(const Frame& request, wire::AoeError error) {
  const SeenRequest seen = take_apart(request);
  Frame out(wire::kMinFrameBytes);
  out.resize(
      wire::encode(out, wire::error_header(seen.header, kTargetMac, kAddress, error), wire::UnknownBody{}).size());
  return out;
}

// A config response from `mac` for `address`, whether or not somebody asked.
struct Announcement {
  wire::AoeAddress address = kAddress;
  wire::MacAddress mac = kTargetMac;
  std::uint16_t buffers = 8;
  std::uint8_t sectors = 2;
};
inline Frame config_response(const Announcement& what) {
  wire::Header header;
  header.destination = kOurMac;
  header.source = what.mac;
  header.flags = wire::kFlagResponse;
  header.address = what.address;
  header.command = static_cast<std::uint8_t>(wire::Command::config);
  wire::ConfigBody body;
  body.buffer_count = what.buffers;
  body.sectors_per_frame = what.sectors;
  body.firmware = 0x4019;
  Frame out(wire::kMinFrameBytes);
  out.resize(wire::encode(out, header, body).size());
  return out;
}

inline bool is_identify(const Frame& frame) {
  const auto header = wire::decode_header(frame).value();
  if (header.command != static_cast<std::uint8_t>(wire::Command::ata)) return false;
  return take_apart(frame).body.command_or_status == static_cast<std::uint8_t>(ata::Opcode::identify_device);
}
inline bool is_ata(const Frame& frame) {
  return wire::decode_header(frame)->command == static_cast<std::uint8_t>(wire::Command::ata) && !is_identify(frame);
}
inline bool is_config(const Frame& frame) {
  return wire::decode_header(frame)->command == static_cast<std::uint8_t>(wire::Command::config);
}

inline Frame identify_answer(const Frame& request, const ata::Disk& disk, wire::MacAddress source = kTargetMac) {
  const SeenRequest seen = take_apart(request);
  wire::AtaBody body = seen.body;
  body.command_or_status = ata::kStatusReady;
  Frame page(ata::kIdentifyBytes);
  ata::build_identify(disk, page);
  body.data = page;
  Frame out(wire::kFrameBytesMax);
  out.resize(wire::encode(out, wire::reply_header(seen.header, source, seen.header.address), body).size());
  return out;
}

inline ata::Disk disk_of(std::uint64_t sectors, std::string serial = "serial-1") {
  ata::Disk disk;
  disk.identity.serial = std::move(serial);
  disk.identity.model = "a disk";
  disk.identity.can_trim = true;
  disk.identity.has_write_cache = true;
  disk.size = Sectors{sectors};
  return disk;
}

// A core with one port, and virtual time.
class CoreFixture : public testing::Test {
 protected:
  // With a disk of 1000 sectors that was found and identified; nothing of it is left in the outbox.
  void start(const InitiatorOptions& options, const Announcement& found, const ata::Disk& disk = disk_of(1000)) {
    core_.emplace(options, now_);
    outbox_.emplace(core_->outbox_capacity());
    port_ = core_->add_port({.mac = kOurMac, .mtu_bytes = 9000}, now_, *outbox_);
    static_cast<void>(sent());
    device_ = find_disk(found, disk, port_);
    core_->open(device_);
    settle(found, disk);
    static_cast<void>(events());
  }
  // Answers the first broadcasts and what follows from them, until the core asks nothing for the time being.
  void settle(const Announcement& found, const ata::Disk& disk) {
    for (unsigned i = 0; i <= kFirstBroadcasts; ++i) {
      pass(std::chrono::seconds(1));
      static_cast<void>(sent());
      find_disk(found, disk, port_);
    }
  }
  DeviceId find_disk(const Announcement& found, const ata::Disk& disk, PortId port) {
    core_->on_frame(port, config_response(found), now_, *outbox_);
    for (const Frame& frame : sent()) {
      if (is_identify(frame)) core_->on_frame(port, identify_answer(frame, disk, found.mac), now_, *outbox_);
    }
    return core_->find(found.address).value();
  }

  Result<RequestId> try_submit(const block::BlockOp& op) { return core_->submit(device_, op, now_, *outbox_); }
  // With memory of its own: 0xee to read into, or 1, 2, 3... to write.
  void submit(block::OpKind kind, std::uint64_t first, std::uint64_t count,
              block::Durability durability = block::Durability::cached) {
    const bool has_data = kind == block::OpKind::read || kind == block::OpKind::write;
    memory_.emplace_back(has_data ? count * kSectorBytes : 0, std::uint8_t{0xee});
    const block::BlockOp op{
        .cookie = first, .kind = kind, .durability = durability, .range = {{first}, {count}}, .data = memory_.back()};
    if (kind == block::OpKind::write) std::iota(op.data.begin(), op.data.end(), std::uint8_t{1});
    const auto id = try_submit(op);
    ASSERT_TRUE(id.has_value()) << id.error().message;
  }

  // Everything that was put into the outbox since the last call.
  std::vector<Frame> sent() {
    std::vector<Frame> frames;
    sent_by_.clear();
    for (const TxFrame& frame : outbox_->frames) {
      frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
      sent_by_.push_back(frame.port);
    }
    core_->recycle(*outbox_);
    return frames;
  }
  // Of that, the frames of requests.
  std::vector<Frame> sent_ata() {
    std::vector<Frame> frames = sent();
    std::erase_if(frames, [](const Frame& frame) { return !is_ata(frame); });
    return frames;
  }
  void deliver(const Frame& frame) { deliver_by(port_, frame); }
  void deliver_by(PortId port, const Frame& frame) { core_->on_frame(port, frame, now_, *outbox_); }
  void pass(Duration time) {
    now_ += time;
    core_->on_timer(now_, *outbox_);
  }
  // Lets time go on, deadline by deadline, to `until`; what is sent on the way stays in the outbox.
  void pass_until(Instant until) {
    while (const auto next = core_->next_deadline()) {
      if (*next > until) break;
      now_ = std::max(now_, *next);
      core_->on_timer(now_, *outbox_);
    }
    now_ = until;
  }
  std::vector<Completion> done() {
    std::vector<Completion> completions(64);
    completions.resize(core_->drain(completions));
    return completions;
  }
  Completion only_completion() {
    const auto completions = done();
    EXPECT_EQ(completions.size(), 1U);
    return completions.empty() ? Completion{} : completions[0];
  }
  std::vector<DeviceEvent> events() {
    std::vector<DeviceEvent> all(kEventsMax);
    all.resize(core_->drain_events(all));
    return all;
  }
  std::vector<DeviceEventKind> event_kinds() {
    std::vector<DeviceEventKind> kinds;
    for (const DeviceEvent& event : events()) kinds.push_back(event.kind);
    return kinds;
  }
  DeviceStatus status() const { return core_->device_status(device_); }
  PathStatus path(std::size_t index = 0) const { return core_->path_status(device_, index); }

  std::optional<InitiatorCore> core_;
  std::optional<Outbox> outbox_;
  PortId port_;
  DeviceId device_;
  Instant now_{};
  std::deque<std::vector<std::uint8_t>> memory_;
  std::vector<PortId> sent_by_;  // of the frames that sent() returned
};

}  // namespace aoekit::initiator
