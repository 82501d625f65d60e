// Reserve and release: who may use the disk, seen from a holder and from another station.
#include <algorithm>
#include <array>

#include "cli/conform/case.h"
#include "cli/conform/keeper.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

using wire::AoeError;
using wire::MacAddress;
using wire::ReserveOp;
using Stations = std::vector<MacAddress>;

Reply expect_list(Probe& probe, const Bytes& request, const Stations& expected) {
  Reply reply = probe.ask_ok(request);
  probe.check(stations_of(reply.reserve()) == expected,
              fmt::format("a list of {} stations: those that were set, in order", expected.size()));
  return reply;
}
// Begins with a free target; the keeper restores.
void release_all(Probe& probe) { expect_list(probe, probe.reserve(ReserveOp::force_set), {}); }
void take(Probe& probe) {
  release_all(probe);
  const Stations mine{probe.link().mac()};
  expect_list(probe, probe.reserve(ReserveOp::set, mine), mine);
}
Bytes from_other(Probe& probe, Bytes request) { return with_source(std::move(request), probe.other_station(0)); }

void read(Probe& probe) {
  release_all(probe);
  const Reply reply = expect_list(probe, probe.reserve(ReserveOp::read), {});
  probe.equal("RCmd", unsigned{reply.reserve().op}, 0U);
}
void set(Probe& probe) {
  take(probe);
  expect_list(probe, probe.reserve(ReserveOp::read), {probe.link().mac()});
}
void holder_works(Probe& probe) {
  take(probe);
  static_cast<void>(probe.read(0, 1));
}
void release(Probe& probe) {
  take(probe);
  expect_list(probe, probe.reserve(ReserveOp::set), {});
  expect_list(probe, probe.reserve(ReserveOp::read), {});
}
void several(Probe& probe) {
  release_all(probe);
  const Stations list{probe.other_station(1), probe.link().mac(), probe.other_station(0)};
  expect_list(probe, probe.reserve(ReserveOp::set, list), list);
  expect_list(probe, probe.reserve(ReserveOp::read), list);
}
void for_others(Probe& probe) {
  release_all(probe);
  const Stations others{probe.other_station(0)};
  expect_list(probe, probe.reserve(ReserveOp::set, others), others);
  probe.ask_error(probe.ata(probe.read_taskfile(0, 1)), AoeError::target_reserved);
}
void hand_over(Probe& probe) {
  take(probe);
  const Stations others{probe.other_station(0)};
  expect_list(probe, probe.reserve(ReserveOp::set, others), others);
  probe.ask_error(probe.reserve(ReserveOp::set, Stations{probe.link().mac()}), AoeError::target_reserved);
}
void many(Probe& probe) {
  release_all(probe);
  const std::size_t fit =
      (probe.link().mtu_bytes() + wire::kEthernetHeaderBytes - wire::kReserveHeaderBytes) / wire::kMacBytes;
  Stations list{probe.link().mac()};
  for (std::uint8_t i = 1; list.size() < std::min<std::size_t>(fit, wire::kReserveEntriesMax); ++i) {
    list.push_back(MacAddress{{0x02, 0xa0, 0xe0, 0x77, 0x00, i}});
  }
  expect_list(probe, probe.reserve(ReserveOp::set, list), list);
  expect_list(probe, probe.reserve(ReserveOp::read), list);
}
void reply_op(Probe& probe) {
  release_all(probe);
  for (const ReserveOp op : {ReserveOp::set, ReserveOp::force_set}) {
    const Reply reply = probe.ask_ok(probe.reserve(op));
    probe.equal("RCmd", unsigned{reply.reserve().op}, static_cast<unsigned>(op));
  }
}

// Three stations announced, two there.
void past_frame(Probe& probe) {
  release_all(probe);
  const Stations two{probe.link().mac(), probe.other_station(0)};
  Bytes request = with_byte(probe.reserve(ReserveOp::set, two), kOffsetReserveCount, 30);
  probe.ask_error(request, AoeError::bad_argument);
  expect_list(probe, probe.reserve(ReserveOp::read), {});
}
void op_unknown(Probe& probe) {
  release_all(probe);
  const Stations mine{probe.link().mac()};
  for (const auto op : std::to_array<std::uint8_t>({3, 0xff})) {
    probe.ask_error(with_byte(probe.reserve(ReserveOp::set, mine), kOffsetReserveOp, op), AoeError::bad_argument);
  }
  expect_list(probe, probe.reserve(ReserveOp::read), {});
}

void other_ata(Probe& probe) {
  take(probe);
  for (const ata::Opcode opcode :
       {ata::Opcode::read_sectors, ata::Opcode::check_power_mode, ata::Opcode::flush_cache}) {
    const Reply reply =
        probe.ask_error(from_other(probe, probe.ata(taskfile28(byte_of(opcode), 0, 1))), AoeError::target_reserved);
    probe.equal("frame bytes", reply.bytes.size(), wire::kMinFrameBytes);
  }
}
void other_write(Probe& probe) {
  const std::uint64_t lba = probe.options().window->first.value;
  const Bytes before = pattern(70, 1);
  probe.write(lba, before);
  take(probe);
  const Bytes data = pattern(71, 1);
  probe.ask_error(from_other(probe, probe.ata(probe.write_taskfile(lba, data))), AoeError::target_reserved);
  probe.equal_bytes("the sector", probe.read(lba, 1), before);
}
void other_identify(Probe& probe) {
  take(probe);
  probe.ata_ok(from_other(probe, probe.ata(taskfile28(byte_of(ata::Opcode::identify_device), 0, 1))));
}
void other_config(Probe& probe) {
  take(probe);
  probe.ask_ok(from_other(probe, probe.config(wire::ConfigOp::read)));
  probe.ask_ok(from_other(probe, probe.mask_read()));
}
void other_reads_list(Probe& probe) {
  take(probe);
  expect_list(probe, from_other(probe, probe.reserve(ReserveOp::read)), {probe.link().mac()});
}
void other_set(Probe& probe) {
  take(probe);
  const Stations others{probe.other_station(0)};
  const Reply reply =
      probe.ask_error(from_other(probe, probe.reserve(ReserveOp::set, others)), AoeError::target_reserved);
  probe.equal_bytes("the bytes after the header", ByteView(reply.bytes).subspan(wire::kHeaderBytes),
                    Bytes(wire::kMinFrameBytes - wire::kHeaderBytes, 0));
  expect_list(probe, probe.reserve(ReserveOp::read), {probe.link().mac()});
}
void other_release(Probe& probe) {
  take(probe);
  probe.ask_error(from_other(probe, probe.reserve(ReserveOp::set)), AoeError::target_reserved);
  expect_list(probe, probe.reserve(ReserveOp::read), {probe.link().mac()});
}
void other_forces(Probe& probe) {
  take(probe);
  const Stations others{probe.other_station(0)};
  expect_list(probe, from_other(probe, probe.reserve(ReserveOp::force_set, others)), others);
  probe.ask_error(probe.ata(probe.read_taskfile(0, 1)), AoeError::target_reserved);
  probe.ata_ok(from_other(probe, probe.ata(probe.read_taskfile(0, 1))));
}

constexpr const char* kShared = "clusters that fence with reservations: two stations write";
constexpr const char* kTools = "cluster tools that set and show reservations";

constexpr std::array kCases = {
    Case{"reserve.read", "R1", "A read returns the list", kTools, kNeedsNothing, read},
    Case{"reserve.reply.op", "R1", "The answer repeats the RCmd", "nobody known", kNeedsNothing, reply_op},
    Case{"reserve.past-frame", "R2", "A list longer than the frame gets AoE error 2 and changes nothing",
         "everybody's secrecy: it would be filled up with old frames' bytes", kNeedsNothing, past_frame},
    Case{"reserve.op.unknown", "R3", "An unknown RCmd gets AoE error 2 and changes nothing",
         "clients that probe for extensions", kNeedsNothing, op_unknown},
    Case{"reserve.set", "R4", "A free target can be reserved", kTools, kNeedsNothing, set},
    Case{"reserve.several", "R4", "For several stations, kept in order", kTools, kNeedsNothing, several},
    Case{"reserve.many", "R4", "For as many as the frame holds, 255 at most", kTools, kNeedsNothing, many},
    Case{"reserve.for-others", "R5", "For others than the one who asks, who is then shut out", kTools, kNeedsNothing,
         for_others},
    Case{"reserve.holder", "R6", "The holder uses the disk", kTools, kNeedsNothing, holder_works},
    Case{"reserve.release", "R7", "An empty list releases", kTools, kNeedsNothing, release},
    Case{"reserve.hand-over", "R8", "A holder may give it to others, and is then refused", kTools, kNeedsNothing,
         hand_over},
    Case{"reserve.other.ata", "R9", "Another station's ATA commands get AoE error 6", kShared, kNeedsOtherStation,
         other_ata},
    Case{"reserve.other.write", "R9", "Its writes are not done", kShared, kNeedsOtherStation | kNeedsWindow,
         other_write},
    Case{"reserve.other.identify", "R10", "Its IDENTIFY is answered", "Linux: the disk is not even found",
         kNeedsOtherStation, other_identify},
    Case{"reserve.other.config", "R11", "Its config and mask commands are", "discovery of reserved disks",
         kNeedsOtherStation, other_config},
    Case{"reserve.other.read-list", "R11", "It may read the list", "who asks whose the disk is", kNeedsOtherStation,
         other_reads_list},
    Case{"reserve.other.set", "R12", "Its set gets a bare AoE error 6 and changes nothing", kShared, kNeedsOtherStation,
         other_set},
    Case{"reserve.other.release", "R12", "So does its release", kShared, kNeedsOtherStation, other_release},
    Case{"reserve.other.force", "R13", "Its forced set takes the disk", "take-over from a dead node",
         kNeedsOtherStation, other_forces},
};

}  // namespace

std::span<const Case> reserve_cases() { return kCases; }

}  // namespace aoekit::conform
