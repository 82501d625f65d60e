// Encoders write fields in wire order, beside the byte tables of docs/protocol.md.
#include "wire/encode.h"

#include "base/check.h"

namespace aoekit::wire {
namespace {

void put_header(ByteWriter& writer, const Header& header) {
  writer.bytes(header.destination.bytes);
  writer.bytes(header.source.bytes);
  writer.u16_be(kEtherType);
  writer.u8(static_cast<std::uint8_t>(header.version << 4 | (header.flags & 0x0f)));
  writer.u8(header.error);
  writer.u16_be(header.address.shelf);
  writer.u8(header.address.slot);
  writer.u8(header.command);
  writer.u32_be(header.tag);
}

void put_ata(ByteWriter& writer, const AtaBody& body) {
  writer.u8(body.flags);
  writer.u8(body.feature_or_error);
  writer.u8(body.count);
  writer.u8(body.command_or_status);
  writer.bytes(body.lba);
  writer.u16_be(0);
}

ByteView padded(ByteWriter& writer) {
  if (writer.position() < kMinFrameBytes) writer.zeros(kMinFrameBytes - writer.position());
  return writer.written();
}

}  // namespace

Header reply_header(const Header& request, MacAddress own_mac, AoeAddress own_address) {
  Header header;
  header.destination = request.source;
  header.source = own_mac;
  header.flags = kFlagResponse;
  header.address = own_address;
  header.command = request.command;
  header.tag = request.tag;
  return header;
}

Header error_header(const Header& request, MacAddress own_mac, AoeAddress own_address, AoeError error) {
  Header header = reply_header(request, own_mac, own_address);
  header.flags |= kFlagError;
  header.error = static_cast<std::uint8_t>(error);
  return header;
}

ByteView encode(MutableBytes out, const Header& header, const ConfigBody& body) {
  AOEKIT_CHECK(body.text.size() <= kConfigStringBytesMax);
  ByteWriter writer(out);
  put_header(writer, header);
  writer.u16_be(body.buffer_count);
  writer.u16_be(body.firmware);
  writer.u8(body.sectors_per_frame);
  writer.u8(static_cast<std::uint8_t>(body.version << 4 | (body.op & 0x0f)));
  writer.u16_be(static_cast<std::uint16_t>(body.text.size()));
  writer.bytes(body.text);
  return padded(writer);
}

ByteView encode(MutableBytes out, const Header& header, const MaskBody& body) {
  AOEKIT_CHECK(body.error != 0 || body.directives.size() == body.count * kMaskDirectiveBytes);
  ByteWriter writer(out);
  put_header(writer, header);
  writer.u8(0);
  writer.u8(body.op);
  writer.u8(body.error);
  writer.u8(body.count);
  writer.bytes(body.directives);
  return padded(writer);
}

ByteView encode(MutableBytes out, const Header& header, const ReserveBody& body) {
  AOEKIT_CHECK(body.mac_count() <= kReserveEntriesMax && body.macs.size() % kMacBytes == 0);
  ByteWriter writer(out);
  put_header(writer, header);
  writer.u8(body.op);
  writer.u8(static_cast<std::uint8_t>(body.mac_count()));
  writer.bytes(body.macs);
  return padded(writer);
}

ByteView encode(MutableBytes out, const Header& header, const UnknownBody& body) {
  ByteWriter writer(out);
  put_header(writer, header);
  writer.bytes(body.data);
  return padded(writer);
}

ByteView encode(MutableBytes out, const Header& header, const AtaBody& body) {
  ByteWriter writer(out);
  put_header(writer, header);
  put_ata(writer, body);
  writer.bytes(body.data);
  return padded(writer);
}

ByteView encode_around_data(MutableBytes out, const Header& header, const AtaBody& body, std::size_t data_bytes) {
  ByteWriter writer(out.first(kAtaHeaderBytes));
  put_header(writer, header);
  put_ata(writer, body);
  std::size_t frame_bytes = kAtaHeaderBytes + data_bytes;
  for (; frame_bytes < kMinFrameBytes; ++frame_bytes) out[frame_bytes] = 0;
  return out.first(frame_bytes);
}

}  // namespace aoekit::wire
