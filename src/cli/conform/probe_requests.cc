// The requests that a probe makes, and the ATA exchanges built from them.
#include <algorithm>

#include "base/check.h"
#include "base/cursor.h"
#include "base/prng.h"
#include "cli/conform/probe.h"
#include "wire/decode.h"

namespace aoekit::conform {
namespace {

template <class Body>
Body body_of(const Reply& reply) {
  const auto body = wire::decode_body(reply.header, reply.bytes);
  if (!body) throw CaseFailed{"", "an answer with a whole body", wire::to_string(body.error())};
  const Body* found = std::get_if<Body>(&*body);
  if (found == nullptr) throw CaseFailed{"", "an answer to the same command", hex(reply.bytes, 64)};
  return *found;
}

}  // namespace

wire::AtaBody Reply::ata() const { return body_of<wire::AtaBody>(*this); }
wire::ConfigBody Reply::config() const { return body_of<wire::ConfigBody>(*this); }
wire::MaskBody Reply::mask() const { return body_of<wire::MaskBody>(*this); }
wire::ReserveBody Reply::reserve() const { return body_of<wire::ReserveBody>(*this); }

wire::Header Probe::header(wire::Command command) {
  return request_header(link_.mac(), facts_.mac, options_.address, command, next_tag());
}

Bytes Probe::config(wire::ConfigOp op, std::string_view text) {
  wire::ConfigBody body;
  body.op = static_cast<std::uint8_t>(op);
  body.text = bytes_of(text);
  return frame_of(header(wire::Command::config), body, text.size());
}

Bytes Probe::mask_read() { return frame_of(header(wire::Command::mask), wire::MaskBody{}, 0); }

Bytes Probe::mask_edit(std::span<const wire::MaskBody::Directive> directives) {
  AOEKIT_CHECK(directives.size() <= wire::kMaskEntriesMax);
  Bytes list(directives.size() * wire::kMaskDirectiveBytes);
  ByteWriter writer(list);
  for (const wire::MaskBody::Directive& directive : directives) {
    writer.u8(0);
    writer.u8(directive.op);
    writer.bytes(directive.mac.bytes);
  }
  wire::MaskBody body;
  body.op = static_cast<std::uint8_t>(wire::MaskOp::edit);
  body.count = static_cast<std::uint8_t>(directives.size());
  body.directives = list;
  return frame_of(header(wire::Command::mask), body, list.size());
}

Bytes Probe::reserve(wire::ReserveOp op, std::span<const wire::MacAddress> stations) {
  Bytes list(stations.size() * wire::kMacBytes);
  ByteWriter writer(list);
  for (const wire::MacAddress& station : stations) writer.bytes(station.bytes);
  return frame_of(header(wire::Command::reserve), wire::ReserveBody{static_cast<std::uint8_t>(op), list}, list.size());
}

Bytes Probe::ata(const wire::AtaBody& body) { return frame_of(header(wire::Command::ata), body, body.data.size()); }

Bytes Probe::command(std::uint8_t number, ByteView body) {
  wire::Header unknown = header(wire::Command::ata);
  unknown.command = number;
  return frame_of(unknown, wire::UnknownBody{body}, body.size());
}

Reply Probe::ata_ok(const Bytes& request) {
  Reply reply = ask_ok(request);
  const wire::AtaBody body = reply.ata();
  check(body.command_or_status == ata::kStatusReady && body.feature_or_error == 0,
        "an ATA success: status exactly 0x40, error register 0");
  return reply;
}

Reply Probe::ata_refused(const Bytes& request, std::uint8_t error_register) {
  const std::string expected =
      fmt::format("an ATA error (no AoE error): status 0x41, error register 0x{:02x}", error_register);
  std::optional<Reply> reply = try_ask(request);
  if (!reply) throw failure(expected, "no answer, asked twice");
  check(!reply->header.is_error(), expected);
  const wire::AtaBody body = reply->ata();
  check(body.command_or_status == (ata::kStatusReady | ata::kStatusError) && body.feature_or_error == error_register,
        expected);
  return std::move(*reply);
}

wire::AtaBody taskfile28(std::uint8_t opcode, std::uint64_t lba, std::uint32_t count) {
  wire::AtaBody body;
  body.command_or_status = opcode;
  body.count = static_cast<std::uint8_t>(count);
  for (std::size_t i = 0; i < 4; ++i) body.lba[i] = static_cast<std::uint8_t>(lba >> (8 * i));
  body.lba[3] = static_cast<std::uint8_t>((body.lba[3] & 0x0f) | 0xe0);
  return body;
}

wire::AtaBody taskfile48(std::uint8_t opcode, std::uint64_t lba, std::uint32_t count) {
  wire::AtaBody body;
  body.flags = wire::kAtaFlagExtended;
  body.command_or_status = opcode;
  body.count = static_cast<std::uint8_t>(count);
  for (std::size_t i = 0; i < 6; ++i) body.lba[i] = static_cast<std::uint8_t>(lba >> (8 * i));
  return body;
}

wire::AtaBody Probe::read_taskfile(std::uint64_t lba, std::uint32_t count) const {
  return facts_.identify.lba48_supported ? taskfile48(byte_of(ata::Opcode::read_sectors_ext), lba, count)
                                         : taskfile28(byte_of(ata::Opcode::read_sectors), lba, count);
}

wire::AtaBody Probe::write_taskfile(std::uint64_t lba, ByteView data) const {
  const auto sectors = static_cast<std::uint32_t>(data.size() / kSectorBytes);
  wire::AtaBody body = facts_.identify.lba48_supported
                           ? taskfile48(byte_of(ata::Opcode::write_sectors_ext), lba, sectors)
                           : taskfile28(byte_of(ata::Opcode::write_sectors), lba, sectors);
  body.flags |= wire::kAtaFlagWrite;
  body.data = data;
  return body;
}

Bytes Probe::read(std::uint64_t lba, std::uint32_t count) {
  const Reply reply = ata_ok(ata(read_taskfile(lba, count)));
  const ByteView data = reply.ata().data;
  check(data.size() >= std::size_t{count} * kSectorBytes, "as many sectors of data as asked for");
  const ByteView wanted = data.first(std::size_t{count} * kSectorBytes);
  return {wanted.begin(), wanted.end()};
}

void Probe::write(std::uint64_t lba, ByteView data) {
  const SectorRange range{{lba}, {data.size() / kSectorBytes}};
  AOEKIT_CHECK(options_.window && range.first >= options_.window->first && range.end() <= options_.window->end());
  static_cast<void>(ata_ok(ata(write_taskfile(lba, data))));
}

Bytes pattern(std::uint64_t seed, std::uint32_t sectors) {
  Prng prng(seed);
  Bytes data(std::size_t{sectors} * kSectorBytes);
  for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(prng.next());
  return data;
}

}  // namespace aoekit::conform
