// A target with one or two exports in a test: sends it requests, runs its disk by hand, and reads its replies.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "target/target_core.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::target {

inline constexpr wire::MacAddress kTargetMac{{0x02, 0, 0, 0, 0, 0x01}};
inline constexpr wire::MacAddress kAlice{{0x02, 0, 0, 0, 0, 0xa1}};
inline constexpr wire::MacAddress kBob{{0x02, 0, 0, 0, 0, 0xb0}};

// A reply with its own copy of the bytes.
struct Reply {
  std::vector<std::uint8_t> bytes;
  wire::Header header;
  wire::Body body;
};

class TargetFixture : public ::testing::Test {
 protected:
  static constexpr Sectors kSize{1000};

  // Small, so that a test can use it up.
  static TargetLimits limits() {
    TargetLimits limits;
    limits.buffers = 64;
    limits.sectors_per_frame_max = 17;
    limits.read_loans = ReadLoans::accepted;
    return limits;
  }

  explicit TargetFixture(const TargetLimits& wanted = limits()) : core_(wanted), outbox_(core_.outbox_capacity()) {
    port_ = core_.add_port({kTargetMac, 9000});
    id_ = core_.add_export(options({1, 2}), Instant{});
  }

  static ExportOptions options(wire::AoeAddress address) {
    ExportOptions options;
    options.address = address;
    options.size = kSize;
    options.identity.serial = "1.2:test";
    options.identity.model = "aoekit test";
    options.identity.firmware = "0.1";
    options.identity.can_trim = true;
    options.identity.has_write_cache = true;
    return options;
  }

  // What `send` sends: fields with the defaults of a plain unicast request from Alice to e1.2.
  struct Request {
    wire::MacAddress source = kAlice;
    wire::MacAddress destination = kTargetMac;
    wire::AoeAddress address{1, 2};
    std::uint8_t version = wire::kVersion;
    std::uint8_t flags = 0;
    std::uint32_t tag = 0x80000001;
  };
  static wire::Header header(const Request& request, std::uint8_t command) {
    wire::Header header;
    header.destination = request.destination;
    header.source = request.source;
    header.version = request.version;
    header.flags = request.flags;
    header.address = request.address;
    header.command = command;
    header.tag = request.tag;
    return header;
  }

  // Sends a frame and returns the replies that it caused at once.
  std::vector<Reply> send_raw(ByteView frame) {
    return send_raw(port_, frame);
  }
  std::vector<Reply> send_raw(PortId port, ByteView frame) {
    core_.on_frame(port, frame, now_, outbox_);
    return turn();
  }
  template <class Body>
  std::vector<Reply> send(const Request& request, const Body& body, std::uint8_t command) {
    std::array<std::uint8_t, 10000> memory{};
    return send_raw(wire::encode(memory, header(request, command), body));
  }
  std::vector<Reply> send_ata(const wire::AtaBody& body, const Request& request) { return send(request, body, 0); }
  std::vector<Reply> send_ata(const wire::AtaBody& body) { return send_ata(body, Request{}); }
  std::vector<Reply> send_config(wire::ConfigOp op, std::string_view text, const Request& request) {
    wire::ConfigBody body;
    body.op = static_cast<std::uint8_t>(op);
    body.text = bytes_of(text);
    return send(request, body, 1);
  }
  std::vector<Reply> send_config(wire::ConfigOp op, std::string_view text) { return send_config(op, text, Request{}); }
  std::vector<Reply> edit_mask(std::initializer_list<std::pair<int, wire::MacAddress>> directives,
                               const Request& request) {
    std::vector<std::uint8_t> bytes;
    for (const auto& [op, mac] : directives) {
      bytes.push_back(0);
      bytes.push_back(static_cast<std::uint8_t>(op));
      bytes.insert(bytes.end(), mac.bytes.begin(), mac.bytes.end());
    }
    wire::MaskBody body{1, 0, static_cast<std::uint8_t>(directives.size()), bytes};
    return send(request, body, 2);
  }
  std::vector<Reply> send_reserve(wire::ReserveOp op, std::initializer_list<wire::MacAddress> macs,
                                  const Request& request) {
    std::vector<std::uint8_t> bytes;
    for (const wire::MacAddress& mac : macs) bytes.insert(bytes.end(), mac.bytes.begin(), mac.bytes.end());
    return send(request, wire::ReserveBody{static_cast<std::uint8_t>(op), bytes}, 3);
  }

  static wire::AtaBody transfer(std::uint8_t opcode, std::uint8_t lba, std::uint8_t count, ByteView data = {}) {
    wire::AtaBody body;
    body.flags = static_cast<std::uint8_t>(wire::kAtaFlagExtended | (data.empty() ? 0 : wire::kAtaFlagWrite));
    body.count = count;
    body.command_or_status = opcode;
    body.lba[0] = lba;
    body.data = data;
    return body;
  }
  static wire::AtaBody read(std::uint8_t lba, std::uint8_t count) { return transfer(0x24, lba, count); }
  static wire::AtaBody write(std::uint8_t lba, std::uint8_t count, ByteView data) {
    return transfer(0x34, lba, count, data);
  }
  static std::vector<std::uint8_t> sectors(std::size_t count, std::uint8_t fill) {
    return std::vector<std::uint8_t>(count * kSectorBytes, fill);
  }

  // Completes the oldest started operation; REQUIRES that there is one.
  std::vector<Reply> complete(block::BlockStatus status = block::BlockStatus::ok) {
    EXPECT_FALSE(started_.empty());
    const block::BlockCompletion completion{started_.front().op.cookie, status};
    started_.erase(started_.begin());
    core_.on_block_done({&completion, 1}, now_, outbox_);
    return turn();
  }

  // Ends the oldest storing of a change; REQUIRES that there is one.
  std::vector<Reply> stored(Stored outcome = Stored::kept) {
    EXPECT_FALSE(storing_.empty());
    const StateWrite write = storing_.front();
    storing_.erase(storing_.begin());
    core_.on_state_stored(write.cookie, outcome, now_, outbox_);
    return turn();
  }

  // Takes what is in the outbox: operations to started_, replies to the caller.
  std::vector<Reply> turn() {
    for (const ExportOp& op : outbox_.ops) started_.push_back(op);
    for (const StateWrite& write : outbox_.states) storing_.push_back(write);
    std::vector<Reply> replies;
    for (const TxFrame& frame : outbox_.frames) {
      const auto decoded = wire::decode_header(frame.bytes);
      EXPECT_TRUE(decoded.has_value());
      EXPECT_GE(frame.bytes.size(), wire::kMinFrameBytes);
      EXPECT_TRUE(decoded->is_response());
      EXPECT_EQ(decoded->version, wire::kVersion);
      Reply reply{{frame.bytes.begin(), frame.bytes.end()}, *decoded, wire::UnknownBody{}};
      const auto body = wire::decode_body(*decoded, reply.bytes);
      EXPECT_TRUE(body.has_value());
      reply.body = *body;
      replies.push_back(std::move(reply));
    }
    core_.recycle(outbox_);
    return replies;
  }

  Instant now_{};
  TargetCore core_;
  Outbox outbox_;
  PortId port_;
  ExportId id_;
  std::vector<ExportOp> started_;    // operations that the disk has and has not finished
  std::vector<StateWrite> storing_;  // changes that wait to be stored
};

// The ATA body of a reply that must be one.
inline const wire::AtaBody& ata_of(const Reply& reply) { return std::get<wire::AtaBody>(reply.body); }
inline const wire::ConfigBody& config_of(const Reply& reply) { return std::get<wire::ConfigBody>(reply.body); }

}  // namespace aoekit::target
