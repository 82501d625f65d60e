// The MAC mask list: who sees the target at all. Edits that add come last: a known target dies of them.
#include <algorithm>
#include <array>

#include "cli/conform/case.h"
#include "cli/conform/keeper.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

using wire::AoeError;
using wire::MacAddress;
using wire::MaskDirective;
using wire::MaskError;
using Directive = wire::MaskBody::Directive;
using Stations = std::vector<MacAddress>;

Directive add(MacAddress mac) { return {static_cast<std::uint8_t>(MaskDirective::add), mac}; }
Directive remove(MacAddress mac) { return {static_cast<std::uint8_t>(MaskDirective::remove), mac}; }

Reply expect_list(Probe& probe, const Bytes& request, Stations expected) {
  Reply reply = probe.ask_ok(request);
  const wire::MaskBody body = reply.mask();
  Stations present = stations_of(body);
  std::sort(present.begin(), present.end());
  std::sort(expected.begin(), expected.end());
  probe.check(body.error == 0 && present == expected,
              fmt::format("success and a list of {} stations", expected.size()));
  return reply;
}
Bytes edit(Probe& probe, std::vector<Directive> directives) { return probe.mask_edit(directives); }

// Every case starts from an open target, the keeper puts back what was there.
void need_open(Probe& probe) {
  if (!stations_of(probe.ask_ok(probe.mask_read()).mask()).empty()) probe.skip("the target has a mask list in use");
}
void close_to_self(Probe& probe) {
  need_open(probe);
  expect_list(probe, edit(probe, {add(probe.link().mac())}), {probe.link().mac()});
}
Bytes from_other(Probe& probe, Bytes request) { return with_source(std::move(request), probe.other_station(0)); }

// An edit that fails: MError, how many directives came before, no list, no Error flag.
void expect_failure(Probe& probe, const Bytes& request, MaskError error, unsigned processed) {
  const Reply reply = probe.ask(request);
  probe.check(!reply.header.is_error(), "no AoE error: MError tells");
  probe.equal("MError", unsigned{reply.mask().error}, static_cast<unsigned>(error));
  probe.equal("DirCount", unsigned{reply.mask().count}, processed);
  probe.equal("frame bytes", reply.bytes.size(), wire::kMinFrameBytes);
  probe.equal_bytes("the bytes after DirCount", ByteView(reply.bytes).subspan(wire::kMaskHeaderBytes),
                    Bytes(wire::kMinFrameBytes - wire::kMaskHeaderBytes, 0));
}

void read(Probe& probe) {
  const Reply reply = probe.ask_ok(probe.mask_read());
  const wire::MaskBody body = reply.mask();
  probe.equal("MCmd", unsigned{body.op}, 0U);
  probe.equal("MError", unsigned{body.error}, 0U);
}
void op_unknown(Probe& probe) {
  for (const auto op : std::to_array<std::uint8_t>({2, 0xff})) {
    probe.ask_error(with_byte(probe.mask_read(), kOffsetMaskOp, op), AoeError::bad_argument);
  }
}
// Five directives announced, four there: nothing of an old frame may become the fifth.
void past_frame(Probe& probe) {
  need_open(probe);
  const Bytes request = with_byte(edit(probe, std::vector(4, remove(probe.other_station(1)))), kOffsetMaskCount, 5);
  probe.ask_error(request, AoeError::bad_argument);
  expect_list(probe, probe.mask_read(), {});
}
void edit_nothing(Probe& probe) {
  need_open(probe);
  const Reply reply = expect_list(probe, edit(probe, {}), {});
  probe.equal("MCmd", unsigned{reply.mask().op}, 1U);
}
void edit_none(Probe& probe) {
  need_open(probe);
  expect_list(probe, edit(probe, {{0, probe.other_station(0)}}), {});
}
void delete_absent(Probe& probe) {
  need_open(probe);
  expect_list(probe, edit(probe, {remove(probe.other_station(0))}), {});
}
void bad_directive(Probe& probe) {
  need_open(probe);
  expect_failure(probe, edit(probe, {{3, probe.other_station(0)}}), MaskError::bad_directive, 0);
  expect_failure(probe, edit(probe, {remove(probe.other_station(0)), {0, {}}, {0xff, {}}}), MaskError::bad_directive,
                 2);
}
// MError belongs to answers; in a request it is one more byte to ignore.
void request_error(Probe& probe) {
  need_open(probe);
  const Bytes request = edit(probe, {remove(probe.other_station(0)), remove(probe.other_station(1))});
  expect_list(probe, with_byte(request, kOffsetMaskError, 3), {});
}

void edit_add(Probe& probe) {
  close_to_self(probe);
  const Reply reply = expect_list(probe, probe.mask_read(), {probe.link().mac()});
  probe.equal("DCmd", unsigned{reply.mask().directive(0).op}, 0U);
}
void add_present(Probe& probe) {
  close_to_self(probe);
  expect_list(probe, edit(probe, {add(probe.link().mac()), add(probe.link().mac())}), {probe.link().mac()});
}
void reply_list(Probe& probe) {
  close_to_self(probe);
  const Stations three{probe.link().mac(), probe.other_station(0), probe.other_station(1)};
  const Reply reply = expect_list(probe, edit(probe, {add(three[1]), add(three[2])}), three);
  for (std::size_t i = 0; i < three.size(); ++i) {
    probe.equal("DCmd", unsigned{reply.mask().directive(i).op}, 0U);
    probe.equal("reserved byte", unsigned{reply.bytes[wire::kMaskHeaderBytes + i * wire::kMaskDirectiveBytes]}, 0U);
  }
}
void delete_last(Probe& probe) {
  close_to_self(probe);
  expect_list(probe, edit(probe, {remove(probe.link().mac())}), {});
}
void in_order(Probe& probe) {
  close_to_self(probe);
  const MacAddress other = probe.other_station(0);
  expect_list(probe, edit(probe, {add(other), remove(other)}), {probe.link().mac()});
  expect_list(probe, edit(probe, {remove(other), add(other)}), {probe.link().mac(), other});
}
void atomic(Probe& probe) {
  close_to_self(probe);
  const MacAddress other = probe.other_station(0);
  expect_failure(probe, edit(probe, {add(other), remove(probe.link().mac()), {7, {}}}), MaskError::bad_directive, 2);
  expect_list(probe, probe.mask_read(), {probe.link().mac()});
}

// 255 entries and one more. The answers of a full list need frames of 2068 bytes.
void full(Probe& probe) {
  constexpr std::size_t kFullReply = wire::kMaskHeaderBytes + wire::kMaskEntriesMax * wire::kMaskDirectiveBytes;
  if (probe.link().mtu_bytes() + wire::kEthernetHeaderBytes < kFullReply) {
    probe.skip("a full list needs an MTU of 2054");
  }
  close_to_self(probe);
  std::vector<Directive> directives;
  Stations expected{probe.link().mac()};
  for (std::uint8_t i = 1; i < wire::kMaskEntriesMax; ++i) {
    expected.push_back(MacAddress{{0x02, 0xa0, 0xe0, 0x77, 0x01, i}});
    directives.push_back(add(expected.back()));
  }
  expect_list(probe, edit(probe, directives), expected);
  expect_failure(probe, edit(probe, {add(probe.link().mac()), add(probe.other_station(0))}), MaskError::list_full, 1);
  expect_list(probe, probe.mask_read(), expected);
}

void other_config(Probe& probe) {
  close_to_self(probe);
  probe.expect_silence(from_other(probe, probe.config(wire::ConfigOp::read)));
}
void other_broadcast(Probe& probe) {
  close_to_self(probe);
  const Bytes request = with_address(from_other(probe, probe.config(wire::ConfigOp::read)), wire::kEverybody);
  probe.expect_silence(with_destination(request, wire::kBroadcastMac));
}
void other_ata(Probe& probe) {
  close_to_self(probe);
  probe.expect_silence(from_other(probe, probe.ata(probe.read_taskfile(0, 1))));
  probe.expect_silence(from_other(probe, probe.ata(taskfile28(byte_of(ata::Opcode::identify_device), 0, 1))));
}
void other_lists(Probe& probe) {
  close_to_self(probe);
  probe.expect_silence(from_other(probe, probe.mask_read()));
  probe.expect_silence(from_other(probe, edit(probe, {add(probe.other_station(0))})));
  probe.expect_silence(from_other(probe, probe.reserve(wire::ReserveOp::read)));
  expect_list(probe, probe.mask_read(), {probe.link().mac()});
}
void other_errors(Probe& probe) {
  close_to_self(probe);
  probe.expect_silence(from_other(probe, probe.command(0x77, {})));
  probe.expect_silence(with_byte(from_other(probe, probe.config(wire::ConfigOp::read)), kOffsetVersionFlags, 0x20));
}
void other_admitted(Probe& probe) {
  close_to_self(probe);
  const Stations both{probe.link().mac(), probe.other_station(0)};
  expect_list(probe, edit(probe, {add(probe.other_station(0))}), both);
  probe.ata_ok(from_other(probe, probe.ata(probe.read_taskfile(0, 1))));
}
void lockout(Probe& probe) {
  need_open(probe);
  const Stations other{probe.other_station(0)};
  expect_list(probe, edit(probe, {add(other[0])}), other);
  probe.set_living_station(other[0]);
  probe.expect_silence(probe.config(wire::ConfigOp::read));
  expect_list(probe, from_other(probe, edit(probe, {remove(other[0])})), {});
  probe.ask_ok(probe.config(wire::ConfigOp::read));
}

constexpr const char* kTools = "tools that set and show mask lists";
constexpr const char* kRetry = "tools: a repeated edit fails";
constexpr const char* kSeparation = "separation: stations that should not know of the disk use it";

constexpr std::array kCases = {
    Case{"mask.read", "M1", "A read returns the list without MError", kTools, kNeedsNothing, read},
    Case{"mask.op.unknown", "M2", "An unknown MCmd gets AoE error 2", "clients that probe for extensions",
         kNeedsNothing, op_unknown},
    Case{"mask.past-frame", "M3", "Directives beyond the frame's end get AoE error 2",
         "everybody: an old frame's bytes become stations", kNeedsNothing, past_frame},
    Case{"mask.edit.nothing", "M4", "An edit without directives returns the list", kTools, kNeedsNothing, edit_nothing},
    Case{"mask.edit.none", "M4", "Directive 0 does nothing", "tools that send lists back as they came", kNeedsNothing,
         edit_none},
    Case{"mask.edit.delete-absent", "M5", "Deleting a station that is not there succeeds", kRetry, kNeedsNothing,
         delete_absent},
    Case{"mask.edit.bad-directive", "M6",
         "An unknown directive: MError 2, DirCount of those before it, no list, no AoE error", kTools, kNeedsNothing,
         bad_directive},
    Case{"mask.request-error", "M7", "MError in a request means nothing", "tools that reuse an answer's frame",
         kNeedsNothing, request_error},
    Case{"mask.edit.add", "M8", "A station can be added", kTools, kNeedsNothing, edit_add},
    Case{"mask.edit.add-present", "M5", "Adding a present one succeeds and changes nothing", kRetry, kNeedsNothing,
         add_present},
    Case{"mask.reply.list", "M8", "A success returns the whole list with DCmd 0", kTools, kNeedsNothing, reply_list},
    Case{"mask.edit.delete-last", "M9", "Without its last station the list admits everybody", kTools, kNeedsNothing,
         delete_last},
    Case{"mask.edit.in-order", "M10", "Directives take effect in order", kTools, kNeedsNothing, in_order},
    Case{"mask.edit.atomic", "M11", "An edit is done whole or not at all", "tools: half an edit locks them out",
         kNeedsNothing, atomic},
    Case{"mask.full", "M12", "The 256th station: MError 3", kTools, kNeedsNothing, full},
    Case{"mask.other.config", "M13", "A station outside the list gets silence for config", kSeparation,
         kNeedsOtherStation, other_config},
    Case{"mask.other.broadcast", "M13", "For discovery by broadcast", kSeparation, kNeedsOtherStation, other_broadcast},
    Case{"mask.other.ata", "M13", "For ATA commands, IDENTIFY included", kSeparation, kNeedsOtherStation, other_ata},
    Case{"mask.other.lists", "M13", "For mask and reserve commands, and its edit is not done", kSeparation,
         kNeedsOtherStation, other_lists},
    Case{"mask.other.errors", "M13", "And for what would be an error", kSeparation, kNeedsOtherStation, other_errors},
    Case{"mask.other.admitted", "M14", "A listed station is served", kSeparation, kNeedsOtherStation, other_admitted},
    Case{"mask.edit.lockout", "M15", "A station may edit itself out; a listed one lets it in again", kTools,
         kNeedsOtherStation, lockout},
};

}  // namespace

std::span<const Case> mask_cases() { return kCases; }

}  // namespace aoekit::conform
