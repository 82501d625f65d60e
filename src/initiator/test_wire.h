// What the initiator's tests need on the far side: a hand-made target that answers frames one by one.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

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
  const wire::Header header = wire::reply_header(seen.header, style.source, kAddress);
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

}  // namespace aoekit::initiator
