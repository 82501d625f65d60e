// Frames, bent byte by byte. The suite is the one place that makes malformed frames on purpose.
#include "cli/conform/frames.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/cursor.h"

namespace aoekit::conform {
namespace {

constexpr std::size_t kOffsetSource = 6;
constexpr std::size_t kOffsetEtherType = 12;
constexpr std::size_t kOffsetShelf = 16;
constexpr std::size_t kOffsetTag = 20;

// A cursor at `offset` of a frame that is long enough.
ByteWriter writer_at(Bytes& frame, std::size_t offset) {
  AOEKIT_CHECK(offset < frame.size());
  return ByteWriter(MutableBytes(frame).subspan(offset));
}

}  // namespace

wire::Header request_header(wire::MacAddress source, wire::MacAddress destination, wire::AoeAddress address,
                            wire::Command command, std::uint32_t tag) {
  wire::Header header;
  header.source = source;
  header.destination = destination;
  header.address = address;
  header.command = static_cast<std::uint8_t>(command);
  header.tag = tag;
  return header;
}

Bytes with_source(Bytes frame, wire::MacAddress source) {
  writer_at(frame, kOffsetSource).bytes(source.bytes);
  return frame;
}

Bytes with_destination(Bytes frame, wire::MacAddress destination) {
  writer_at(frame, 0).bytes(destination.bytes);
  return frame;
}

Bytes with_address(Bytes frame, wire::AoeAddress address) {
  ByteWriter writer = writer_at(frame, kOffsetShelf);
  writer.u16_be(address.shelf);
  writer.u8(address.slot);
  return frame;
}

Bytes with_tag(Bytes frame, std::uint32_t tag) {
  writer_at(frame, kOffsetTag).u32_be(tag);
  return frame;
}

Bytes with_byte(Bytes frame, std::size_t offset, std::uint8_t value) {
  writer_at(frame, offset).u8(value);
  return frame;
}

Bytes with_size(Bytes frame, std::size_t size, std::uint8_t fill) {
  frame.resize(size, fill);
  return frame;
}

Bytes with_fill_from(Bytes frame, std::size_t offset, std::uint8_t fill) {
  AOEKIT_CHECK(offset <= frame.size());
  std::fill(frame.begin() + static_cast<std::ptrdiff_t>(offset), frame.end(), fill);
  return frame;
}

Bytes with_vlan(Bytes frame, std::uint16_t vlan) {
  Bytes tagged(frame.size() + 4);
  ByteWriter writer(tagged);
  writer.bytes(ByteView(frame).first(kOffsetEtherType));
  writer.u16_be(0x8100);
  writer.u16_be(vlan);
  writer.bytes(ByteView(frame).subspan(kOffsetEtherType));
  return tagged;
}

std::string hex(ByteView bytes, std::size_t limit) {
  const ByteView shown = bytes.first(std::min(limit, bytes.size()));
  std::string text = fmt::format("{:02x}", fmt::join(shown, " "));
  if (shown.size() < bytes.size()) text += fmt::format(" ... ({} bytes)", bytes.size());
  return text;
}

}  // namespace aoekit::conform
