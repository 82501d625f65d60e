// Writes fuzz inputs that mean chosen sessions: the reverse of what session.cc reads (session_format.h).
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "session_format.h"
#include "wire/constants.h"

namespace aoekit::fuzz {

// Who sends, where to: indices into kStations, kPortMacs, kAddresses.
struct Sender {
  std::uint8_t station = 0;
  std::uint8_t port = 0;
  std::uint8_t address = 0;
  std::uint8_t destination = 0;  // 0 the port, 2 everybody, 3 another station
  std::uint8_t version_and_flags = wire::kVersion << 4;
};

struct AtaFields {
  std::uint8_t opcode = 0;
  std::uint8_t count = 0;
  std::uint64_t lba = 0;
  std::uint8_t feature = 0;
  std::uint8_t data_sectors = 0;
  std::uint8_t fill = 0;
  std::vector<std::uint8_t> data_start = {};
};

class SessionScript {
 public:
  // Each request gets the next tag, unless it is a copy().
  SessionScript& ata(const Sender& sender, const AtaFields& fields) {
    envelope(Event::ata_frame, sender);
    const bool is_write = fields.data_sectors != 0;
    u8(static_cast<std::uint8_t>(wire::kAtaFlagExtended | (is_write ? wire::kAtaFlagWrite : 0)));
    u8(fields.feature);
    u8(fields.count);
    u8(fields.opcode);
    for (unsigned shift = 0; shift < 48; shift += 8) u8(static_cast<std::uint8_t>(fields.lba >> shift));
    u8(fields.data_sectors);
    u8(fields.fill);
    u8(static_cast<std::uint8_t>(fields.data_start.size()));
    return bytes(fields.data_start);
  }
  SessionScript& other(const Sender& sender, wire::Command command, const std::vector<std::uint8_t>& body) {
    return other_raw(sender, static_cast<std::uint8_t>(command), body);
  }
  SessionScript& other_raw(const Sender& sender, std::uint8_t command, const std::vector<std::uint8_t>& body) {
    envelope(Event::other_frame, sender);
    u8(command);
    u16(static_cast<std::uint16_t>(body.size()));
    return bytes(body);
  }
  SessionScript& raw(std::uint8_t port, const std::vector<std::uint8_t>& frame) {
    event(Event::raw_frame);
    u8(port);
    u16(static_cast<std::uint16_t>(frame.size()));
    return bytes(frame);
  }
  // `outcome` is a block::BlockStatus.
  SessionScript& complete(std::uint8_t which = 0, std::uint8_t outcome = 0) {
    return event(Event::complete).u8(which).u8(outcome);
  }
  SessionScript& pass_minutes(std::uint16_t minutes) { return event(Event::pass_time).u16(minutes); }
  SessionScript& resize(std::uint8_t exported, std::uint8_t sectors) {
    return event(Event::resize).u8(exported).u8(sectors);
  }
  SessionScript& set_mtu(std::uint8_t port, std::uint16_t mtu) { return event(Event::set_mtu).u8(port).u16(mtu); }
  SessionScript& set_available(std::uint8_t exported, std::uint8_t available) {
    return event(Event::set_available).u8(exported).u8(available);
  }
  // `commit` is a target::Commit.
  SessionScript& set_commit(std::uint8_t exported, std::uint8_t commit) {
    return event(Event::set_commit).u8(exported).u8(commit);
  }
  SessionScript& come_or_go() { return event(Event::come_or_go); }
  SessionScript& announce(std::uint8_t exported) { return event(Event::announce).u8(exported); }

  // The next event follows without a turn in between.
  SessionScript& same_turn() {
    event_flags_ = kTurnGoesOn;
    return *this;
  }
  // The next request has the tag of the last one.
  SessionScript& copy() {
    --tag_;
    return *this;
  }

  const std::vector<std::uint8_t>& input() const { return input_; }

 private:
  SessionScript& u8(std::uint8_t value) {
    input_.push_back(value);
    return *this;
  }
  SessionScript& u16(std::uint16_t value) {
    return u8(static_cast<std::uint8_t>(value)).u8(static_cast<std::uint8_t>(value >> 8));
  }
  SessionScript& bytes(ByteView values) {
    input_.insert(input_.end(), values.begin(), values.end());
    return *this;
  }
  SessionScript& event(Event event) {
    u8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(event) | event_flags_));
    event_flags_ = 0;
    return *this;
  }
  void envelope(Event kind, const Sender& sender) {
    event(kind);
    u8(static_cast<std::uint8_t>(sender.station | sender.port << 2 | sender.address << 3 | sender.destination << 6));
    u8(sender.version_and_flags);
    u8(tag_++);
  }

  std::vector<std::uint8_t> input_;
  std::uint8_t event_flags_ = 0;
  std::uint8_t tag_ = 1;
};

}  // namespace aoekit::fuzz
