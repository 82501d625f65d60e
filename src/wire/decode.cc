// Decoders read fields in wire order, beside the byte tables of docs/protocol.md.
#include "wire/decode.h"

#include <algorithm>

#include "base/check.h"
#include "base/cursor.h"

namespace aoekit::wire {
namespace {

using Decoded = tl::expected<Body, RejectReason>;

Decoded reject(RejectReason reason) { return tl::unexpected<RejectReason>(reason); }

Decoded decode_ata(ByteReader reader) {
  AtaBody body;
  body.flags = reader.u8();
  body.feature_or_error = reader.u8();
  body.count = reader.u8();
  body.command_or_status = reader.u8();
  const ByteView lba = reader.take(6);
  reader.skip(2);
  if (!reader.ok()) return reject(RejectReason::ata_too_short);
  std::copy(lba.begin(), lba.end(), body.lba.begin());
  body.data = reader.rest();
  return body;
}

Decoded decode_config(ByteReader reader) {
  ConfigBody body;
  body.buffer_count = reader.u16_be();
  body.firmware = reader.u16_be();
  body.sectors_per_frame = reader.u8();
  const std::uint8_t version_and_op = reader.u8();
  body.version = version_and_op >> 4;
  body.op = version_and_op & 0x0f;
  const std::uint16_t text_bytes = reader.u16_be();
  if (!reader.ok()) return reject(RejectReason::config_too_short);
  body.text = reader.take(text_bytes);
  if (!reader.ok() || text_bytes > kConfigStringBytesMax) return reject(RejectReason::config_string_long);
  return body;
}

Decoded decode_mask(const Header& header, ByteReader reader) {
  MaskBody body;
  reader.skip(1);
  body.op = reader.u8();
  body.error = reader.u8();
  body.count = reader.u8();
  // A response that reports a failed edit counts the directives that were processed and carries none. In a request the
  // error means nothing.
  if (body.error == 0 || !header.is_response()) body.directives = reader.take(body.count * kMaskDirectiveBytes);
  if (!reader.ok()) return reject(RejectReason::mask_too_short);
  return body;
}

Decoded decode_reserve(ByteReader reader) {
  ReserveBody body;
  body.op = reader.u8();
  const std::uint8_t mac_count = reader.u8();
  body.macs = reader.take(mac_count * kMacBytes);
  if (!reader.ok()) return reject(RejectReason::reserve_too_short);
  return body;
}

}  // namespace

tl::expected<Header, RejectReason> decode_header(ByteView frame) {
  ByteReader reader(frame);
  const ByteView destination = reader.take(kMacBytes);
  const ByteView source = reader.take(kMacBytes);
  const std::uint16_t ether_type = reader.u16_be();
  const std::uint8_t version_and_flags = reader.u8();
  Header header;
  header.error = reader.u8();
  header.address.shelf = reader.u16_be();
  header.address.slot = reader.u8();
  header.command = reader.u8();
  header.tag = reader.u32_be();
  if (!reader.ok()) return tl::unexpected<RejectReason>(RejectReason::too_short);
  if (ether_type != kEtherType) return tl::unexpected<RejectReason>(RejectReason::not_aoe);
  header.destination = MacAddress::from_bytes(destination);
  header.source = MacAddress::from_bytes(source);
  header.version = version_and_flags >> 4;
  header.flags = version_and_flags & 0x0f;
  return header;
}

tl::expected<Body, RejectReason> decode_body(const Header& header, ByteView frame) {
  AOEKIT_CHECK(frame.size() >= kHeaderBytes);
  const ByteReader reader(frame.subspan(kHeaderBytes));
  const std::optional<Command> command = command_from(header.command);
  if (!command) return UnknownBody{frame.subspan(kHeaderBytes)};
  switch (*command) {
    case Command::ata: return decode_ata(reader);
    case Command::config: return decode_config(reader);
    case Command::mask: return decode_mask(header, reader);
    case Command::reserve: return decode_reserve(reader);
  }
  return UnknownBody{frame.subspan(kHeaderBytes)};
}

}  // namespace aoekit::wire
