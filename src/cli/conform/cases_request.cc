// Requests at the edge: short, long, cut, of another version, for somebody else.
#include <array>

#include "cli/conform/case.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

using wire::AoeError;
using wire::ConfigOp;

wire::AtaBody identify_taskfile() { return taskfile28(byte_of(ata::Opcode::identify_device), 0, 1); }
wire::AtaBody power_taskfile() { return taskfile28(byte_of(ata::Opcode::check_power_mode), 0, 0); }

std::size_t largest_frame(Probe& probe) { return probe.link().mtu_bytes() + wire::kEthernetHeaderBytes; }

void short_config(Probe& probe) { probe.ask_ok(with_size(probe.config(ConfigOp::read), wire::kConfigHeaderBytes, 0)); }
void short_ata(Probe& probe) { probe.ata_ok(with_size(probe.ata(identify_taskfile()), wire::kAtaHeaderBytes, 0)); }
void short_mask(Probe& probe) { probe.ask_ok(with_size(probe.mask_read(), wire::kMaskHeaderBytes, 0)); }
void short_reserve(Probe& probe) {
  probe.ask_ok(with_size(probe.reserve(wire::ReserveOp::read), wire::kReserveHeaderBytes, 0));
}

// What aoeping sends: 1056 bytes, a length of 1024, 0xed everywhere, and a read.
void trailing_aoeping(Probe& probe) {
  const std::string filler(wire::kConfigStringBytesMax, '\xed');
  probe.ask_ok(probe.config(ConfigOp::read, filler));
}
void trailing_config(Probe& probe) { probe.ask_ok(with_size(probe.config(ConfigOp::read), 1056, 0xed)); }
void trailing_identify(Probe& probe) {
  probe.ata_ok(with_size(probe.ata(identify_taskfile()), largest_frame(probe), 0));
}
// Linux probes a path that lost frames with a read of sector 0 that carries as many zeros as it asks for.
void trailing_read(Probe& probe) {
  const std::uint32_t count = probe.facts().sectors_per_frame;
  const Bytes request = probe.ata(probe.read_taskfile(0, count));
  const Reply reply = probe.ata_ok(with_size(request, wire::kAtaHeaderBytes + count * kSectorBytes, 0));
  probe.check(reply.ata().data.size() >= std::size_t{count} * kSectorBytes, "the sectors that were asked for");
}
void trailing_mask(Probe& probe) { probe.ask_ok(with_size(probe.mask_read(), 1056, 0xed)); }
void trailing_reserve(Probe& probe) { probe.ask_ok(with_size(probe.reserve(wire::ReserveOp::read), 1056, 0xed)); }

void response_ignored(Probe& probe) {
  probe.expect_silence(with_byte(probe.config(ConfigOp::read), kOffsetVersionFlags, 0x18));
  probe.expect_silence(with_byte(probe.config(ConfigOp::read), kOffsetVersionFlags, 0x1c));
  probe.expect_silence(with_byte(probe.ata(identify_taskfile()), kOffsetVersionFlags, 0x18));
}

void flags_ignored(Probe& probe) {
  for (const auto flags : std::to_array<std::uint8_t>({0x11, 0x12, 0x13, 0x14})) {
    const Reply reply = probe.ask_ok(with_byte(probe.config(ConfigOp::read), kOffsetVersionFlags, flags));
    probe.check(reply.bytes[kOffsetVersionFlags] == 0x18, "byte 14 is 0x18, whatever other flags the request has");
  }
  const Reply reply = probe.ask_ok(with_byte(probe.config(ConfigOp::read), kOffsetError, 5));
  probe.check(reply.header.error == 0, "error byte 0, whatever the request has there");
}

void version(Probe& probe) {
  for (const auto value : std::to_array<std::uint8_t>({0x00, 0x20, 0xf0})) {
    const Reply reply = probe.ask_error(with_byte(probe.config(ConfigOp::read), kOffsetVersionFlags, value),
                                        AoeError::unsupported_version);
    probe.check(reply.bytes[kOffsetVersionFlags] == 0x1c, "byte 14 is 0x1c: an error of version 1");
  }
}
void version_ata(Probe& probe) {
  probe.ask_error(with_byte(probe.ata(identify_taskfile()), kOffsetVersionFlags, 0x20), AoeError::unsupported_version);
}

void command_unknown(Probe& probe) {
  for (const auto number : std::to_array<std::uint8_t>({5, 0x77}))
    probe.ask_error(probe.command(number, {}), AoeError::unrecognized_command);
}
void command_keyed(Probe& probe) { probe.ask_error(probe.command(4, {}), AoeError::unrecognized_command); }
void command_vendor(Probe& probe) {
  for (const auto number : std::to_array<std::uint8_t>({0xf0, 0xff}))
    probe.ask_error(probe.command(number, {}), AoeError::unrecognized_command);
}

void cut_to(Probe& probe, const Bytes& request, std::size_t first, std::size_t end) {
  for (std::size_t size = first; size < end; ++size) {
    probe.ask_error(with_tag(with_size(request, size, 0), probe.next_tag()), AoeError::bad_argument);
  }
}
void cut_ata(Probe& probe) { cut_to(probe, probe.ata(identify_taskfile()), wire::kHeaderBytes, wire::kAtaHeaderBytes); }
void cut_config(Probe& probe) {
  cut_to(probe, probe.config(ConfigOp::read), wire::kHeaderBytes, wire::kConfigHeaderBytes);
}
void cut_mask(Probe& probe) { cut_to(probe, probe.mask_read(), wire::kHeaderBytes, wire::kMaskHeaderBytes); }
void cut_reserve(Probe& probe) {
  cut_to(probe, probe.reserve(wire::ReserveOp::read), wire::kHeaderBytes, wire::kReserveHeaderBytes);
}
void runt(Probe& probe) {
  for (std::size_t size = wire::kEthernetHeaderBytes + 1; size < wire::kHeaderBytes; size += 4) {
    probe.expect_silence(with_size(probe.config(ConfigOp::read), size, 0));
  }
}

void multicast_source(Probe& probe) {
  const wire::MacAddress group{{0x01, 0x00, 0x5e, 0x00, 0x00, 0x01}};
  probe.expect_silence(with_source(probe.config(ConfigOp::read), group));
  probe.expect_silence(with_source(probe.config(ConfigOp::read), wire::kBroadcastMac));
}
void other_destination(Probe& probe) {
  wire::MacAddress neighbour = probe.facts().mac;
  neighbour.bytes[5] ^= 0x55;
  probe.expect_silence(with_destination(probe.config(ConfigOp::read), neighbour));
  probe.expect_silence(with_destination(probe.ata(probe.read_taskfile(0, 1)), neighbour));
}
void vlan(Probe& probe) {
  probe.expect_silence(with_vlan(probe.config(ConfigOp::read), 77));
  probe.expect_silence(with_vlan(probe.ata(power_taskfile()), 77));
}

constexpr const char* kShortBreaks = "Linux, iPXE on virtual links, where nothing pads their requests";
constexpr const char* kCutBreaks = "nobody known; the sender's mistake stays hidden";

constexpr std::array kCases = {
    Case{"request.short.config", "H10", "A config request of 32 bytes is whole", kShortBreaks, kNeedsNothing,
         short_config},
    Case{"request.short.ata", "H10", "An ATA request of 36 bytes is whole", kShortBreaks, kNeedsNothing, short_ata},
    Case{"request.short.mask", "H10", "A mask request of 28 bytes is whole", kShortBreaks, kNeedsNothing, short_mask},
    Case{"request.short.reserve", "H10", "A reserve request of 26 bytes is whole", kShortBreaks, kNeedsNothing,
         short_reserve},
    Case{"request.trailing.aoeping", "H11", "A config read with a string of 1024 bytes is a read", "aoeping, aoecfg",
         kNeedsNothing, trailing_aoeping},
    Case{"request.trailing.config", "H11", "Bytes behind a config request do not matter", "aoecfg", kNeedsNothing,
         trailing_config},
    Case{"request.trailing.identify", "H11", "Zeros up to the MTU behind IDENTIFY do not matter",
         "aoe-sancheck: it measures paths with them", kNeedsNothing, trailing_identify},
    Case{"request.trailing.read", "H11", "Data behind a read request does not matter",
         "Linux: it probes a failing path with such reads", kNeedsNothing, trailing_read},
    Case{"request.trailing.mask", "H11", "Bytes behind a mask request do not matter", "tools that send one frame size",
         kNeedsNothing, trailing_mask},
    Case{"request.trailing.reserve", "H11", "Bytes behind a reserve request do not matter",
         "tools that send one frame size", kNeedsNothing, trailing_reserve},
    Case{"request.response-flag", "H12", "A frame with the Response flag is ignored",
         "everybody: two targets on a bridge would answer each other for ever", kNeedsNothing, response_ignored},
    Case{"request.other-flags", "H13", "Other flags and the error byte of a request mean nothing and are not echoed",
         "Linux: an echoed Error flag makes it drop the reply; aoeping -S sets a wrong bit there", kNeedsNothing,
         flags_ignored},
    Case{"request.version", "H14", "Another version gets AoE error 5, of version 1",
         "a client of a later protocol: it cannot tell that it has to fall back", kNeedsNothing, version},
    Case{"request.version-ata", "H14", "So does an ATA request of another version", "the same; worse, it is executed",
         kNeedsNothing, version_ata},
    Case{"request.command.unknown", "H15", "An unknown command gets AoE error 1",
         "clients that probe for extensions wait in vain", kNeedsNothing, command_unknown},
    Case{"request.command.keyed-reserve", "H15", "So does command 4, which is not in revision 11", "the same",
         kNeedsNothing, command_keyed},
    Case{"request.command.vendor", "H15", "So do vendor commands 0xf0-0xff", "the same", kNeedsNothing, command_vendor},
    Case{"request.cut.ata", "H16", "A cut ATA body gets AoE error 2", kCutBreaks, kNeedsShortFrames, cut_ata},
    Case{"request.cut.config", "H16", "A cut config body gets AoE error 2", kCutBreaks, kNeedsShortFrames, cut_config},
    Case{"request.cut.mask", "H16", "A cut mask body gets AoE error 2", kCutBreaks, kNeedsShortFrames, cut_mask},
    Case{"request.cut.reserve", "H16", "A cut reserve body gets AoE error 2", kCutBreaks, kNeedsShortFrames,
         cut_reserve},
    Case{"request.runt", "H17", "A frame that ends within the header is ignored",
         "everybody: the answer would be made of an old frame's bytes", kNeedsShortFrames, runt},
    Case{"request.source.multicast", "H18", "A request from a multicast address is ignored",
         "everybody: one frame would make all targets send to all stations", kNeedsNothing, multicast_source},
    Case{"request.destination.other", "H19", "A frame to another station's address is ignored",
         "separation: on a bridge the wrong target would serve it", kNeedsNothing, other_destination},
    Case{"request.vlan", "H20", "A frame tagged for a VLAN is not served on the untagged network",
         "separation: stations of another VLAN reach the disk", kNeedsNothing, vlan},
};

}  // namespace

std::span<const Case> request_cases() { return kCases; }

}  // namespace aoekit::conform
