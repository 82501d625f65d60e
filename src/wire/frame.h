// AoE frames as values: what decode() makes of bytes and what the encoders turn into bytes (docs/protocol.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "base/bytes.h"
#include "wire/address.h"
#include "wire/constants.h"
#include "wire/mac_address.h"

namespace aoekit::wire {

// Bytes 0-23. `command` stays a raw byte, because unknown ones are legal and must be answered.
struct Header {
  MacAddress destination;
  MacAddress source;
  std::uint8_t version = kVersion;
  std::uint8_t flags = 0;
  std::uint8_t error = 0;  // an AoeError when flags has kFlagError
  AoeAddress address;
  std::uint8_t command = 0;
  std::uint32_t tag = 0;

  bool is_response() const { return (flags & kFlagResponse) != 0; }
  bool is_error() const { return (flags & kFlagError) != 0; }
};

// Command 0. In a request `feature` and `command` are the feature and command registers; in a response the same bytes
// are the error and status registers.
struct AtaBody {
  std::uint8_t flags = 0;
  std::uint8_t feature_or_error = 0;
  std::uint8_t count = 0;
  std::uint8_t command_or_status = 0;
  std::array<std::uint8_t, 6> lba{};  // lba[0] is the least significant
  ByteView data;                      // all that follows byte 35, padding included

  bool is_extended() const { return (flags & kAtaFlagExtended) != 0; }
  bool is_write() const { return (flags & kAtaFlagWrite) != 0; }
};

// Command 1. In a request all numbers but the op are zero.
struct ConfigBody {
  std::uint16_t buffer_count = 0;
  std::uint16_t firmware = 0;
  std::uint8_t sectors_per_frame = 0;  // as on the wire: 0 means 2
  std::uint8_t version = 0;
  std::uint8_t op = 0;  // a ConfigOp, or an unknown one
  ByteView text;        // the config string, exactly as long as the header says
};

// Command 2. `directives` holds whole 8-byte directives, exactly as many as the header says; none in a response with an
// error, whose count is that of the directives that went well.
struct MaskBody {
  std::uint8_t op = 0;     // a MaskOp, or an unknown one
  std::uint8_t error = 0;  // a MaskError
  std::uint8_t count = 0;
  ByteView directives;

  struct Directive {
    std::uint8_t op = 0;  // a MaskDirective, or an unknown one
    MacAddress mac;
  };
  // REQUIRES i < directives.size() / 8.
  Directive directive(std::size_t i) const;
};

// Command 3. `macs` holds whole MAC addresses, exactly as many as the header says.
struct ReserveBody {
  std::uint8_t op = 0;  // a ReserveOp, or an unknown one
  ByteView macs;

  std::size_t mac_count() const { return macs.size() / kMacBytes; }
  MacAddress mac(std::size_t i) const { return MacAddress::from_bytes(macs.subspan(i * kMacBytes, kMacBytes)); }
};

// A command that we do not know; the bytes after the header.
struct UnknownBody {
  ByteView data;
};

using Body = std::variant<AtaBody, ConfigBody, MaskBody, ReserveBody, UnknownBody>;

// Why bytes are not a frame that anybody need answer, or why its body is malformed. Counted by name.
enum class RejectReason : std::uint8_t {
  too_short,           // less than the 24 header bytes
  not_aoe,             // another EtherType
  ata_too_short,       // body: the frame ends before byte 36
  config_too_short,    // body: before byte 32
  config_string_long,  // body: the string's length is over 1024 or past the frame's end
  mask_too_short,      // body: before byte 28, or directives past the frame's end
  reserve_too_short,   // body: before byte 26, or MACs past the frame's end
};
const char* to_string(RejectReason reason);
const char* to_string(AoeError error);
const char* to_string(Command command);

// The checked conversions from wire integers.
std::optional<Command> command_from(std::uint8_t value);
std::optional<AoeError> aoe_error_from(std::uint8_t value);
std::optional<ConfigOp> config_op_from(std::uint8_t value);
std::optional<MaskOp> mask_op_from(std::uint8_t value);
std::optional<ReserveOp> reserve_op_from(std::uint8_t value);

}  // namespace aoekit::wire
