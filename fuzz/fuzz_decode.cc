// Fuzzes the frame decoder: arbitrary bytes decode without harm, print, and survive the way back to bytes.
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/print.h"

namespace aoekit::wire {
namespace {

bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

// `b` is `a` with nothing but zeros behind it.
bool same_but_for_padding(ByteView a, ByteView b) {
  return b.size() >= a.size() && same(a, b.first(a.size())) &&
         std::all_of(b.begin() + static_cast<std::ptrdiff_t>(a.size()), b.end(), [](auto byte) { return byte == 0; });
}

struct SameBody {
  bool operator()(const AtaBody& a, const AtaBody& b) const {
    return a.flags == b.flags && a.feature_or_error == b.feature_or_error && a.count == b.count &&
           a.command_or_status == b.command_or_status && a.lba == b.lba && same_but_for_padding(a.data, b.data);
  }
  bool operator()(const ConfigBody& a, const ConfigBody& b) const {
    return a.buffer_count == b.buffer_count && a.firmware == b.firmware &&
           a.sectors_per_frame == b.sectors_per_frame && a.version == b.version && a.op == b.op && same(a.text, b.text);
  }
  bool operator()(const MaskBody& a, const MaskBody& b) const {
    return a.op == b.op && a.error == b.error && a.count == b.count && same(a.directives, b.directives);
  }
  bool operator()(const ReserveBody& a, const ReserveBody& b) const { return a.op == b.op && same(a.macs, b.macs); }
  bool operator()(const UnknownBody& a, const UnknownBody& b) const { return same_but_for_padding(a.data, b.data); }
  template <class A, class B>
  bool operator()(const A&, const B&) const {
    return false;
  }
};

void check_frame(ByteView frame) {
  AOEKIT_CHECK(!describe(frame).empty());
  const auto header = decode_header(frame);
  if (!header) return;
  const auto body = decode_body(*header, frame);
  if (!body) return;
  std::vector<std::uint8_t> memory(std::max(frame.size(), kMinFrameBytes), 0xee);
  const ByteView again = std::visit([&](const auto& content) { return encode(memory, *header, content); }, *body);
  AOEKIT_CHECK(again.size() >= kMinFrameBytes);
  const auto second_header = decode_header(again);
  AOEKIT_CHECK(second_header.has_value());
  AOEKIT_CHECK(second_header->destination == header->destination && second_header->source == header->source);
  AOEKIT_CHECK(second_header->version == header->version && second_header->flags == header->flags);
  AOEKIT_CHECK(second_header->error == header->error && second_header->address == header->address);
  AOEKIT_CHECK(second_header->command == header->command && second_header->tag == header->tag);
  const auto second_body = decode_body(*second_header, again);
  AOEKIT_CHECK(second_body.has_value());
  AOEKIT_CHECK(std::visit(SameBody{}, *body, *second_body));
}

}  // namespace
}  // namespace aoekit::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aoekit::wire::check_frame({data, size});
  return 0;
}
