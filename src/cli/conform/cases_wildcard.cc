// Who is meant: exact addresses, each wildcard on its own, and every command by broadcast.
#include <array>

#include "cli/conform/case.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

using wire::ConfigOp;
using wire::kBroadcastMac;
using wire::kShelfBroadcast;
using wire::kSlotBroadcast;

// A shelf and a slot that are neither ours nor a wildcard.
wire::AoeAddress elsewhere(Probe& probe) {
  wire::AoeAddress address = probe.options().address;
  address.shelf ^= 0x2a5a;
  address.slot ^= 0x2a;
  if (address.shelf == kShelfBroadcast) --address.shelf;
  if (address.slot == kSlotBroadcast) --address.slot;
  return address;
}

void expect_answer(Probe& probe, wire::AoeAddress address) {
  const Bytes request = with_destination(with_address(probe.config(ConfigOp::read), address), kBroadcastMac);
  const Reply reply = probe.ask_ok(request);
  probe.check(reply.header.address == probe.options().address, "the target's real shelf and slot in the answer");
}

void expect_none(Probe& probe, wire::AoeAddress address) {
  probe.expect_silence(with_address(probe.config(ConfigOp::read), address));
  probe.expect_silence(with_destination(with_address(probe.config(ConfigOp::read), address), kBroadcastMac));
}

void both(Probe& probe) { expect_answer(probe, wire::kEverybody); }
void shelf(Probe& probe) { expect_answer(probe, {kShelfBroadcast, probe.options().address.slot}); }
void slot(Probe& probe) { expect_answer(probe, {probe.options().address.shelf, kSlotBroadcast}); }

// Byte for byte what the Linux driver broadcasts every minute.
void linux_discovery(Probe& probe) {
  Bytes request = with_destination(with_address(probe.config(ConfigOp::read), wire::kEverybody), kBroadcastMac);
  request = with_tag(with_size(request, wire::kConfigHeaderBytes, 0), 0);
  const Reply reply = probe.ask_ok(request);
  probe.check(reply.header.address == probe.options().address, "the target's real shelf and slot");
}

void other_shelf(Probe& probe) { expect_none(probe, {elsewhere(probe).shelf, probe.options().address.slot}); }
void other_slot(Probe& probe) { expect_none(probe, {probe.options().address.shelf, elsewhere(probe).slot}); }
void shelf_and_other_slot(Probe& probe) { expect_none(probe, {kShelfBroadcast, elsewhere(probe).slot}); }
void other_shelf_and_slot(Probe& probe) { expect_none(probe, {elsewhere(probe).shelf, kSlotBroadcast}); }

void broadcast_mac(Probe& probe) {
  probe.ask_ok(with_destination(probe.config(ConfigOp::read), kBroadcastMac));
  probe.ata_ok(with_destination(probe.ata(probe.read_taskfile(0, 1)), kBroadcastMac));
}
void unicast_mac(Probe& probe) { probe.ask_ok(with_address(probe.config(ConfigOp::read), wire::kEverybody)); }

// All bits as WinAoE's boot driver sends them: no flags, no LBA-mode bits.
void winaoe(Probe& probe) {
  wire::AtaBody identify;
  identify.command_or_status = byte_of(ata::Opcode::identify_device);
  identify.count = 1;
  const Bytes request = with_destination(with_address(probe.ata(identify), wire::kEverybody), kBroadcastMac);
  const Reply reply = probe.ata_ok(request);
  probe.check(reply.header.address == probe.options().address, "the target's real shelf and slot");
  probe.check(reply.ata().data.size() >= ata::kIdentifyBytes, "512 bytes of data");
}

Bytes to_all(Bytes request) {
  return with_destination(with_address(std::move(request), wire::kEverybody), kBroadcastMac);
}
void read(Probe& probe) {
  const Reply reply = probe.ata_ok(to_all(probe.ata(probe.read_taskfile(0, 1))));
  probe.check(reply.ata().data.size() >= kSectorBytes, "one sector of data");
}
void mask(Probe& probe) { probe.ask_ok(to_all(probe.mask_read())); }
void reserve(Probe& probe) { probe.ask_ok(to_all(probe.reserve(wire::ReserveOp::read))); }
void unknown(Probe& probe) {
  const Reply reply = probe.ask_error(to_all(probe.command(0x77, {})), wire::AoeError::unrecognized_command);
  probe.check(reply.header.address == probe.options().address, "the target's real shelf and slot");
}

constexpr const char* kOtherBreaks = "whoever owns that address: two targets answer for one disk";

constexpr std::array kCases = {
    Case{"wildcard.both", "W1", "Shelf 65535 and slot 255 together address every target", "everybody: no discovery",
         kNeedsNothing, both},
    Case{"wildcard.linux-discovery", "W1", "The Linux driver's 32-byte discovery is answered",
         "Linux: the disk is never found", kNeedsNothing, linux_discovery},
    Case{"wildcard.shelf", "W2", "Shelf 65535 with a slot addresses that slot in every shelf",
         "tools that look for one slot", kNeedsNothing, shelf},
    Case{"wildcard.slot", "W2", "A shelf with slot 255 addresses every slot of that shelf",
         "tools that look at one shelf", kNeedsNothing, slot},
    Case{"wildcard.other-shelf", "W3", "Another shelf is not ours", kOtherBreaks, kNeedsNothing, other_shelf},
    Case{"wildcard.other-slot", "W3", "Another slot is not ours", kOtherBreaks, kNeedsNothing, other_slot},
    Case{"wildcard.shelf-other-slot", "W3", "Any shelf with another slot is not ours", kOtherBreaks, kNeedsNothing,
         shelf_and_other_slot},
    Case{"wildcard.slot-other-shelf", "W3", "Any slot of another shelf is not ours", kOtherBreaks, kNeedsNothing,
         other_shelf_and_slot},
    Case{"wildcard.broadcast-mac", "W4", "The broadcast MAC with an exact address is served",
         "aoeping, aoecfg, Linux revalidation", kNeedsNothing, broadcast_mac},
    Case{"wildcard.unicast-mac", "W4", "Wildcards sent to the target's own MAC are served",
         "tools that ask one station what it exports", kNeedsNothing, unicast_mac},
    Case{"wildcard.winaoe", "W5", "IDENTIFY by broadcast to everybody is answered",
         "WinAoE, WinVBlock: that is how Windows finds its boot disk", kNeedsNothing, winaoe},
    Case{"wildcard.read", "W5", "So is a read", "nobody known; broadcast holds for every command", kNeedsNothing, read},
    Case{"wildcard.mask", "W5", "So is a mask list read", "administration of many targets at once", kNeedsNothing,
         mask},
    Case{"wildcard.reserve", "W5", "So is a reserve list read", "administration of many targets at once", kNeedsNothing,
         reserve},
    Case{"wildcard.unknown-command", "W5", "So is an unknown command, with AoE error 1 and the real address",
         "clients that probe for extensions", kNeedsNothing, unknown},
};

}  // namespace

std::span<const Case> wildcard_cases() { return kCases; }

}  // namespace aoekit::conform
