// What every reply has in common, whatever the command.
#include <algorithm>
#include <array>

#include "cli/conform/case.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

using wire::ConfigOp;

// One harmless request of each command, with the bytes of the answer that mean something.
struct Question {
  Bytes request;
  std::size_t used_bytes;
};

std::vector<Question> questions_without_data(Probe& probe) {
  const wire::AtaBody power = taskfile28(byte_of(ata::Opcode::check_power_mode), 0, 0);
  const Reply config = probe.ask_ok(probe.config(ConfigOp::read));
  return {
      {probe.config(ConfigOp::read), wire::kConfigHeaderBytes + config.config().text.size()},
      {probe.mask_read(), wire::kMaskHeaderBytes},
      {probe.reserve(wire::ReserveOp::read), wire::kReserveHeaderBytes},
      {probe.ata(power), wire::kAtaHeaderBytes},
  };
}

void header(Probe& probe) {
  for (const Question& question : questions_without_data(probe)) {
    const Reply reply = probe.ask(question.request);
    probe.check(reply.bytes[kOffsetVersionFlags] == 0x18, "byte 14 is 0x18: version 1, Response flag only");
    probe.check(reply.header.error == 0, "error byte 0");
    probe.check(reply.header.command == question.request[kOffsetCommand], "the request's command");
  }
}

void tag(Probe& probe) {
  for (const std::uint32_t value : {0x00000001U, 0x01020304U, 0x7fffffffU, 0x00ff00ffU}) {
    const Reply reply = probe.ask(with_tag(probe.config(ConfigOp::read), value));
    probe.equal("tag", reply.header.tag, value);
  }
}

void tag_zero(Probe& probe) {
  const Reply reply = probe.ask(with_tag(probe.config(ConfigOp::read), 0));
  probe.equal("tag", reply.header.tag, 0U);
}

void tag_top_bit(Probe& probe) {
  for (const std::uint32_t value : {0x80000000U, 0xffffffffU}) {
    const Reply reply = probe.ask(with_tag(probe.config(ConfigOp::read), value));
    probe.equal("tag", reply.header.tag, value);
  }
}

void macs(Probe& probe) {
  const Reply reply = probe.ask(probe.config(ConfigOp::read));
  probe.check(reply.header.destination == probe.link().mac(), "sent to the station that asked");
  probe.check(!reply.header.source.is_multicast(), "sent from a station's address");
  const Reply second = probe.ask(with_destination(probe.config(ConfigOp::read), wire::kBroadcastMac));
  probe.check(second.header.source == reply.header.source, "the same source address for broadcast and unicast");
}

void address(Probe& probe) {
  for (const Question& question : questions_without_data(probe)) {
    const Reply reply = probe.ask(question.request);
    probe.check(reply.header.address == probe.options().address, "the target's own shelf and slot");
  }
}

void min_size(Probe& probe) {
  for (const Question& question : questions_without_data(probe)) {
    const Reply reply = probe.ask(question.request);
    probe.check(reply.bytes.size() >= wire::kMinFrameBytes, "a frame of 60 bytes or more");
  }
}

// Filler in the request shows when its buffer is sent back.
void padding_zero(Probe& probe) {
  for (const Question& question : questions_without_data(probe)) {
    const bool is_config = question.request[kOffsetCommand] == static_cast<std::uint8_t>(wire::Command::config);
    const std::size_t request_used = is_config ? wire::kConfigHeaderBytes : question.used_bytes;
    const Reply reply = probe.ask(with_fill_from(question.request, request_used, 0xed));
    const ByteView rest = ByteView(reply.bytes).subspan(std::min(question.used_bytes, reply.bytes.size()));
    probe.check(std::all_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return byte == 0; }),
                fmt::format("zeros from byte {} on", question.used_bytes));
  }
}

void once(Probe& probe) {
  for (const Question& question : questions_without_data(probe)) {
    probe.equal("answers to one request", probe.ask_all({question.request}).size(), std::size_t{1});
  }
}

void error_bare(Probe& probe) {
  Bytes request = probe.command(0x77, {});
  request = with_size(request, 1000, 0xed);
  request = with_fill_from(request, wire::kHeaderBytes, 0xed);
  const Reply reply = probe.ask_error(request, wire::AoeError::unrecognized_command);
  probe.equal("frame bytes", reply.bytes.size(), wire::kMinFrameBytes);
  probe.equal_bytes("the bytes after the header", ByteView(reply.bytes).subspan(wire::kHeaderBytes),
                    Bytes(wire::kMinFrameBytes - wire::kHeaderBytes, 0));
}

void error_header(Probe& probe) {
  const Reply reply = probe.ask_error(probe.command(0x77, {}), wire::AoeError::unrecognized_command);
  probe.check(reply.bytes[kOffsetVersionFlags] == 0x1c, "byte 14 is 0x1c: version 1, Response and Error flags");
  probe.equal("command", unsigned{reply.header.command}, 0x77U);
}

constexpr std::array kCases = {
    Case{"reply.header", "H1", "Byte 14 of a reply is 0x18, its error byte 0, its command the request's",
         "every client: without the Response flag a reply is taken for a request", kNeedsNothing, header},
    Case{"reply.tag", "H2", "The tag comes back unchanged", "Linux, iPXE: no reply finds its request", kNeedsNothing,
         tag},
    Case{"reply.tag-zero", "H2", "So does tag 0", "Linux: its discovery uses it", kNeedsNothing, tag_zero},
    Case{"reply.tag-top-bit", "H2", "So does a tag with the top bit set",
         "aoeping, aoecfg, aoe-sancheck: they set it to keep out of the driver's way", kNeedsNothing, tag_top_bit},
    Case{"reply.macs", "H3", "A reply goes to the station that asked, from the port's own address",
         "Linux: the source address names the path", kNeedsNothing, macs},
    Case{"reply.address", "H4", "A reply carries the target's real shelf and slot",
         "Linux, iPXE: they look the disk up by it", kNeedsNothing, address},
    Case{"reply.min-size", "H5", "A reply has 60 bytes at least",
         "aoeping, aoecfg: they ignore shorter frames and wait for ever on veth, tap and bridges", kNeedsNothing,
         min_size},
    Case{"reply.padding-zero", "H6", "Padding is zero", "everybody's secrecy: other stations' bytes leave the machine",
         kNeedsNothing, padding_zero},
    Case{"reply.once", "H7", "One request gets one reply",
         "Linux: the second one is logged as unexpected and distorts its timing", kNeedsNothing, once},
    Case{"reply.error-header", "H8", "An AoE error has byte 14 0x1c and its code in byte 15",
         "iPXE, aoecfg: they take the error for a success", kNeedsNothing, error_header},
    Case{"reply.error-bare", "H9", "An AoE error is 60 bytes and echoes only the header",
         "everybody's secrecy; nobody reads more", kNeedsNothing, error_bare},
};

}  // namespace

std::span<const Case> reply_cases() { return kCases; }

}  // namespace aoekit::conform
