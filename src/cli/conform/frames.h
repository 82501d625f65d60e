// Requests as bytes, well-formed at first and then bent: each with_...() returns the frame with one thing changed.
#pragma once

#include <cstdint>
#include <span>

#include "cli/conform/link.h"
#include "wire/address.h"
#include "wire/encode.h"
#include "wire/frame.h"

namespace aoekit::conform {

// The header of a request from `source` to a target.
wire::Header request_header(wire::MacAddress source, wire::MacAddress destination, wire::AoeAddress address,
                            wire::Command command, std::uint32_t tag);

// `header` and `body` as a frame of 60 bytes or more.
template <class Body>
Bytes frame_of(const wire::Header& header, const Body& body, std::size_t payload_bytes) {
  Bytes frame(wire::kMinFrameBytes + wire::kAtaHeaderBytes + payload_bytes);
  frame.resize(wire::encode(frame, header, body).size());
  return frame;
}

Bytes with_source(Bytes frame, wire::MacAddress source);
Bytes with_destination(Bytes frame, wire::MacAddress destination);
Bytes with_address(Bytes frame, wire::AoeAddress address);
Bytes with_tag(Bytes frame, std::uint32_t tag);
// One byte; REQUIRES offset < frame.size().
Bytes with_byte(Bytes frame, std::size_t offset, std::uint8_t value);
// Cut or lengthened to `size` bytes; new ones are `fill`.
Bytes with_size(Bytes frame, std::size_t size, std::uint8_t fill);
// Every byte from `offset` on set to `fill`.
Bytes with_fill_from(Bytes frame, std::size_t offset, std::uint8_t fill);
// With an 802.1Q tag of that VLAN inserted.
Bytes with_vlan(Bytes frame, std::uint16_t vlan);

// Offsets of the bytes that cases bend (docs/protocol.md).
inline constexpr std::size_t kOffsetVersionFlags = 14;
inline constexpr std::size_t kOffsetError = 15;
inline constexpr std::size_t kOffsetCommand = 19;
inline constexpr std::size_t kOffsetConfigOp = 29;
inline constexpr std::size_t kOffsetConfigLength = 30;
inline constexpr std::size_t kOffsetMaskOp = 25;
inline constexpr std::size_t kOffsetMaskError = 26;
inline constexpr std::size_t kOffsetMaskCount = 27;
inline constexpr std::size_t kOffsetReserveOp = 24;
inline constexpr std::size_t kOffsetReserveCount = 25;

// "00 1a ff": at most `limit` bytes, then "... (N bytes)".
std::string hex(ByteView bytes, std::size_t limit);

}  // namespace aoekit::conform
