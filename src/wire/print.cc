// Frames in words.
#include "wire/print.h"

#include <fmt/core.h>

#include "wire/decode.h"

namespace aoekit::wire {
namespace {

std::string describe_address(AoeAddress address) {
  const std::string shelf = address.shelf == kShelfBroadcast ? "*" : std::to_string(address.shelf);
  const std::string slot = address.slot == kSlotBroadcast ? "*" : std::to_string(address.slot);
  return "e" + shelf + "." + slot;
}

std::string printable(ByteView text) {
  std::string out;
  for (const std::uint8_t byte : text) {
    if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
      out += static_cast<char>(byte);
    } else {
      out += fmt::format("\\x{:02x}", byte);
    }
  }
  return out;
}

struct BodyPrinter {
  bool response;

  std::string operator()(const AtaBody& body) const {
    std::uint64_t lba = 0;
    for (std::size_t i = 6; i-- > 0;) lba = lba << 8 | body.lba[i];
    return fmt::format("ata {}=0x{:02x} {}=0x{:02x} count={} lba=0x{:x}{}{} data={}",
                       response ? "status" : "command", body.command_or_status, response ? "error" : "feature",
                       body.feature_or_error, body.count, lba, body.is_extended() ? " ext" : "",
                       body.is_write() ? " write" : "", body.data.size());
  }
  std::string operator()(const ConfigBody& body) const {
    static constexpr const char* kOps[] = {"read", "test", "prefix", "set", "force-set"};
    const std::string op = body.op < 5 ? kOps[body.op] : fmt::format("op{}", body.op);
    return fmt::format("config {} buffers={} firmware=0x{:04x} sectors={} string=\"{}\"", op, body.buffer_count,
                       body.firmware, body.sectors_per_frame, printable(body.text));
  }
  std::string operator()(const MaskBody& body) const {
    std::string out = fmt::format("mask op={} error={} count={}", body.op, body.error, body.count);
    for (std::size_t i = 0; i < body.directives.size() / kMaskDirectiveBytes; ++i) {
      const MaskBody::Directive directive = body.directive(i);
      out += fmt::format(" {}{}", directive.op == 1 ? "+" : directive.op == 2 ? "-" : "", directive.mac.to_string());
    }
    return out;
  }
  std::string operator()(const ReserveBody& body) const {
    std::string out = fmt::format("reserve op={} count={}", body.op, body.mac_count());
    for (std::size_t i = 0; i < body.mac_count(); ++i) out += " " + body.mac(i).to_string();
    return out;
  }
  std::string operator()(const UnknownBody& body) const { return fmt::format("unknown data={}", body.data.size()); }
};

}  // namespace

std::string describe(ByteView frame) {
  const auto header = decode_header(frame);
  if (!header) return fmt::format("{} ({} bytes)", to_string(header.error()), frame.size());
  std::string out = fmt::format("{} > {} {} {} tag=0x{:08x}", header->source.to_string(),
                                header->destination.to_string(), describe_address(header->address),
                                header->is_response() ? "response" : "request", header->tag);
  if (header->version != kVersion) out += fmt::format(" version={}", header->version);
  if (header->is_error()) {
    const auto error = aoe_error_from(header->error);
    return out + fmt::format(" command={} AoE error {} ({})", header->command, header->error,
                             error ? to_string(*error) : "unknown");
  }
  const auto body = decode_body(*header, frame);
  if (!body) return out + fmt::format(" command={} malformed: {}", header->command, to_string(body.error()));
  return out + " " + std::visit(BodyPrinter{header->is_response()}, *body);
}

}  // namespace aoekit::wire
