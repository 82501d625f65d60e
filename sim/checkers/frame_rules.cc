// A frame is decoded and encoded again; what comes out must be what was sent, and padding must be zero.
#include "sim/checkers/frame_rules.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::sim {
namespace {

bool is_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

// ATA data comes in whole sectors: what is in a smallest frame is padding.
wire::Body without_padding(const wire::Body& body, std::size_t frame_bytes) {
  if (const auto* ata = std::get_if<wire::AtaBody>(&body)) {
    wire::AtaBody trimmed = *ata;
    if (frame_bytes == wire::kMinFrameBytes) trimmed.data = {};
    return trimmed;
  }
  if (std::holds_alternative<wire::UnknownBody>(body)) return wire::UnknownBody{};
  return body;
}

}  // namespace

std::string broken_frame_rule(ByteView frame) {
  if (frame.size() < wire::kMinFrameBytes) return fmt::format("a frame of {} bytes was sent", frame.size());
  const auto header = wire::decode_header(frame);
  if (!header) return fmt::format("a frame was sent that is rejected: {}", wire::to_string(header.error()));
  std::array<std::uint8_t, wire::kFrameBytesMax> memory;
  ByteView again;
  if (header->is_error() && header->error != static_cast<std::uint8_t>(wire::AoeError::config_string_present)) {
    again = wire::encode(memory, *header, wire::UnknownBody{});
  } else {
    const auto body = wire::decode_body(*header, frame);
    if (!body) return fmt::format("a frame was sent whose body is rejected: {}", wire::to_string(body.error()));
    again = std::visit([&](const auto& value) { return wire::encode(memory, *header, value); },
                       without_padding(*body, frame.size()));
  }
  if (std::ranges::equal(frame, again)) return {};
  if (frame.size() > again.size() || !is_zero(frame.subspan(std::min(frame.size(), again.size())))) {
    return fmt::format("a frame of {} bytes was sent that encodes to {}", frame.size(), again.size());
  }
  return "a frame was sent that does not encode to itself: its padding is not zero, or a field means nothing";
}

}  // namespace aoekit::sim
