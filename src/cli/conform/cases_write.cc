// ATA writes, within the window only.
#include <algorithm>
#include <array>

#include "cli/conform/case.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

using ata::Opcode;

// The first sector of the window, which has `sectors` of them at least.
std::uint64_t room(Probe& probe, std::uint64_t sectors) {
  const SectorRange window = *probe.options().window;
  if (window.count.count < sectors) probe.skip(fmt::format("needs a window of {} sectors", sectors));
  return window.first.value;
}

wire::AtaBody with_data(wire::AtaBody taskfile, ByteView data) {
  taskfile.flags |= wire::kAtaFlagWrite;
  taskfile.data = data;
  return taskfile;
}

void expect_sectors(Probe& probe, std::uint64_t lba, ByteView expected, std::string_view what) {
  const Bytes present = probe.read(lba, static_cast<std::uint32_t>(expected.size() / kSectorBytes));
  probe.equal_bytes(what, present, expected);
}

// Writes one sector with that opcode and reads it back.
void write_with(Probe& probe, Opcode opcode, bool wide, std::uint64_t seed) {
  const std::uint64_t lba = room(probe, 1);
  probe.write(lba, pattern(1, 1));
  const Bytes data = pattern(seed, 1);
  const wire::AtaBody taskfile = wide ? taskfile48(byte_of(opcode), lba, 1) : taskfile28(byte_of(opcode), lba, 1);
  probe.ata_ok(probe.ata(with_data(taskfile, data)));
  expect_sectors(probe, lba, data, "what was written");
}

void need48(Probe& probe) {
  if (!probe.facts().identify.lba48_supported) probe.skip("no 48-bit commands");
}
void need28(Probe& probe) {
  if (probe.options().window->first.value > 0x0fffffff) probe.skip("the window lies beyond 28-bit addresses");
}

void write28(Probe& probe) {
  need28(probe);
  write_with(probe, Opcode::write_sectors, false, 28);
}
void write48(Probe& probe) {
  need48(probe);
  write_with(probe, Opcode::write_sectors_ext, true, 48);
}
void write_dma(Probe& probe) {
  need28(probe);
  write_with(probe, Opcode::write_dma, false, 0xca);
  need48(probe);
  write_with(probe, Opcode::write_dma_ext, true, 0x35);
}
void write_fua(Probe& probe) {
  need48(probe);
  write_with(probe, Opcode::write_dma_fua_ext, true, 0x3d);
}

void counts(Probe& probe) {
  const std::uint32_t most = probe.facts().sectors_per_frame;
  const std::uint64_t lba = room(probe, most);
  for (std::uint32_t count = 1; count <= most; ++count) {
    const Bytes data = pattern(100 + count, count);
    probe.write(lba, data);
    expect_sectors(probe, lba, data, fmt::format("{} sectors", count));
  }
}
void fits(Probe& probe) {
  const std::uint32_t most = wire::sectors_that_fit(probe.link().mtu_bytes());
  if (most <= probe.facts().sectors_per_frame) probe.skip("the frame holds no more than what is advertised");
  const std::uint64_t lba = room(probe, most);
  const Bytes data = pattern(200, most);
  probe.write(lba, data);
  expect_sectors(probe, lba, data, "what was written");
}

void reply(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  const Bytes data = pattern(3, 1);
  const wire::AtaBody request = probe.write_taskfile(lba, data);
  const Reply answer = probe.ata_ok(probe.ata(request));
  probe.equal("frame bytes", answer.bytes.size(), wire::kMinFrameBytes);
  probe.equal("sector count", unsigned{answer.ata().count}, 0U);
  probe.check(answer.ata().lba == request.lba && answer.ata().flags == request.flags, "registers and flags as sent");
  probe.equal_bytes("the padding", answer.ata().data, Bytes(wire::kMinFrameBytes - wire::kAtaHeaderBytes, 0));
}

// One byte less than the count announces.
void short_payload(Probe& probe) {
  if (probe.facts().sectors_per_frame < 2) probe.skip("one sector a frame");
  const std::uint64_t lba = room(probe, 2);
  const Bytes before = pattern(10, 2);
  probe.write(lba, before);
  const Bytes after = pattern(11, 2);
  const Bytes request = probe.ata(probe.write_taskfile(lba, after));
  probe.ata_refused(with_size(request, request.size() - 1, 0), ata::kErrorAbort);
  expect_sectors(probe, lba, before, "the sectors of the refused write");
}
void no_payload(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  const Bytes before = pattern(12, 1);
  probe.write(lba, before);
  const Bytes data = pattern(13, 1);
  const Bytes request = probe.ata(probe.write_taskfile(lba, data));
  probe.ata_refused(with_size(request, wire::kMinFrameBytes, 0), ata::kErrorAbort);
  expect_sectors(probe, lba, before, "the sector of the refused write");
}
void count_zero(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  const Bytes before = pattern(14, 1);
  probe.write(lba, before);
  const Bytes data = pattern(15, 1);
  wire::AtaBody body = probe.write_taskfile(lba, data);
  body.count = 0;
  probe.ata_refused(probe.ata(body), ata::kErrorAbort);
  expect_sectors(probe, lba, before, "the sector of the refused write");
}
void surplus(Probe& probe) {
  if (probe.facts().sectors_per_frame < 2) probe.skip("one sector a frame");
  const std::uint64_t lba = room(probe, 2);
  const Bytes before = pattern(16, 2);
  probe.write(lba, before);
  const Bytes data = pattern(17, 2);
  wire::AtaBody body = probe.write_taskfile(lba, data);
  body.count = 1;
  probe.ata_ok(probe.ata(body));
  expect_sectors(probe, lba, ByteView(data).first(kSectorBytes), "the sector that was counted");
  expect_sectors(probe, lba + 1, ByteView(before).subspan(kSectorBytes), "the sector that was not");
}
void neighbours(Probe& probe) {
  const std::uint64_t lba = room(probe, 3);
  const Bytes before = pattern(18, 1);
  for (std::uint64_t i = 0; i < 3; ++i) probe.write(lba + i, before);
  const Bytes data = pattern(19, 1);
  probe.write(lba + 1, data);
  expect_sectors(probe, lba, before, "the sector before");
  expect_sectors(probe, lba + 1, data, "the written sector");
  expect_sectors(probe, lba + 2, before, "the sector after");
}

// A wrong target might write the last sector: it has to be ours.
std::uint64_t disk_end(Probe& probe) {
  const std::uint64_t size = probe.facts().identify.size.count;
  if (probe.options().window->end() != size) probe.skip("needs a window that reaches to the end of the disk");
  return size;
}
void past_end(Probe& probe) {
  const Bytes data = pattern(20, 1);
  probe.ata_refused(probe.ata(probe.write_taskfile(disk_end(probe), data)), ata::kErrorIdNotFound);
}
void crosses_end(Probe& probe) {
  const std::uint64_t last = disk_end(probe) - 1;
  if (probe.facts().sectors_per_frame < 2) probe.skip("one sector a frame");
  const Bytes before = pattern(21, 1);
  probe.write(last, before);
  const Bytes data = pattern(22, 2);
  probe.ata_refused(probe.ata(probe.write_taskfile(last, data)), ata::kErrorIdNotFound);
  expect_sectors(probe, last, before, "the last sector");
}

void flags(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  for (const std::uint8_t wanted : {wire::kAtaFlagAsync, wire::kAtaFlagDevHead}) {
    const Bytes data = pattern(30U + wanted, 1);
    wire::AtaBody body = probe.write_taskfile(lba, data);
    body.flags |= wanted;
    probe.ata_ok(probe.ata(body));
    expect_sectors(probe, lba, data, "what was written");
  }
}
void without_w(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  const Bytes data = pattern(33, 1);
  wire::AtaBody body = probe.write_taskfile(lba, data);
  body.flags = static_cast<std::uint8_t>(body.flags & ~wire::kAtaFlagWrite);
  const Reply answer = probe.ata_ok(probe.ata(body));
  probe.equal("frame bytes", answer.bytes.size(), wire::kMinFrameBytes);
  expect_sectors(probe, lba, data, "what was written");
}
void broadcast_mac(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  const Bytes data = pattern(34, 1);
  probe.ata_ok(with_destination(probe.ata(probe.write_taskfile(lba, data)), wire::kBroadcastMac));
  expect_sectors(probe, lba, data, "what was written");
}

constexpr int kRounds = 16;  // a race that is lost once in a while shows

void order_writes(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const Bytes first = pattern(1000 + round, 1);
    const Bytes second = pattern(2000 + round, 1);
    const auto replies =
        probe.ask_all({probe.ata(probe.write_taskfile(lba, first)), probe.ata(probe.write_taskfile(lba, second))});
    probe.equal("answers to two writes", replies.size(), std::size_t{2});
    expect_sectors(probe, lba, second, "the sector after both writes");
  }
}
void order_write_read(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const Bytes data = pattern(3000 + round, 1);
    const Bytes read = probe.ata(probe.read_taskfile(lba, 1));
    const auto replies = probe.ask_all({probe.ata(probe.write_taskfile(lba, data)), read});
    probe.equal("answers to a write and a read", replies.size(), std::size_t{2});
    for (const Reply& answer : replies) {
      const ByteView got = answer.ata().data;
      if (got.size() >= kSectorBytes) probe.equal_bytes("the sector read behind the write", got, data);
    }
  }
}
// As iPXE and WinAoE repeat: the same frame. One answer is enough, and two are no harm.
void copy_same_tag(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  const Bytes data = pattern(40, 1);
  const Bytes request = probe.ata(probe.write_taskfile(lba, data));
  const auto replies = probe.ask_all({request, request});
  probe.check(replies.size() == 1 || replies.size() == 2, "one or two answers to a write sent twice");
  for (const Reply& answer : replies) {
    probe.check(!answer.header.is_error() && answer.ata().command_or_status == ata::kStatusReady, "success");
  }
  expect_sectors(probe, lba, data, "what was written");
}
// As Linux, illumos and Plan 9 repeat: under a new tag, and they have forgotten the old one.
void copy_other_tag(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const Bytes data = pattern(50 + round, 1);
    const Bytes request = probe.ata(probe.write_taskfile(lba, data));
    const auto replies = probe.ask_all({request, with_tag(request, probe.next_tag())});
    probe.equal("answers to a write sent under two tags", replies.size(), std::size_t{2});
    expect_sectors(probe, lba, data, "what was written");
  }
}
void flush(Probe& probe) {
  const std::uint64_t lba = room(probe, 1);
  const Bytes data = pattern(60, 1);
  probe.write(lba, data);
  probe.ata_ok(probe.ata(taskfile28(byte_of(Opcode::flush_cache), 0, 0)));
  expect_sectors(probe, lba, data, "what was written");
}
void trim(Probe& probe) {
  const ata::IdentifyPage& page = probe.facts().identify;
  if (!page.trim_supported) probe.skip("the target offers no TRIM");
  const std::uint64_t lba = room(probe, 16);
  const Bytes before = pattern(61, 1);
  for (std::uint64_t i = 0; i < 10; ++i) probe.write(lba + i, before);
  // One range of eight sectors; the other entries are empty.
  Bytes block(kSectorBytes);
  for (std::size_t i = 0; i < 6; ++i) block[i] = static_cast<std::uint8_t>((lba + 1) >> (8 * i));
  block[6] = 8;
  wire::AtaBody body = taskfile48(byte_of(Opcode::data_set_management), 0, 1);
  body.feature_or_error = 1;
  probe.ata_ok(probe.ata(with_data(body, block)));
  expect_sectors(probe, lba, before, "the sector before the trimmed ones");
  expect_sectors(probe, lba + 9, before, "the sector after them");
  if (page.trim_reads_zero) expect_sectors(probe, lba + 1, Bytes(kSectorBytes, 0), "a trimmed sector");
}

constexpr const char* kHang = "Linux: it ignores AoE errors and retries for 180 s; an ATA error fails at once";
constexpr const char* kGuests = "initiators that pass a guest's commands on";

constexpr std::array kCases = {
    Case{"write.28", "X1", "WRITE SECTORS writes", "iPXE, Linux on small disks", kNeedsWindow, write28},
    Case{"write.48", "X1", "WRITE SECTORS EXT writes", "Linux and all others", kNeedsWindow, write48},
    Case{"write.counts", "X2", "Every count up to the advertised one is written", "Linux: the end of each request",
         kNeedsWindow, counts},
    Case{"write.fits", "X3", "So are counts above it that fit the MTU", "WinVBlock", kNeedsWindow, fits},
    Case{"write.reply", "X4", "The answer is 60 bytes: registers as sent, count 0, zeros behind",
         "everybody's secrecy; tools that want 60 bytes", kNeedsWindow, reply},
    Case{"write.short", "X5", "Less data than the count says: an ATA abort, nothing written", kHang, kNeedsWindow,
         short_payload},
    Case{"write.no-data", "X5", "So without any data", kHang, kNeedsWindow, no_payload},
    Case{"write.count-zero", "X6", "Count 0: an ATA abort, nothing written", "it would look like a success",
         kNeedsWindow, count_zero},
    Case{"write.surplus", "X7", "Data beyond the count is not written", "everybody: a neighbour is overwritten",
         kNeedsWindow, surplus},
    Case{"write.neighbours", "X7", "The sectors beside stay as they are", "everybody", kNeedsWindow, neighbours},
    Case{"write.past-end", "X8", "Past the end: IDNF", kHang, kNeedsWindow, past_end},
    Case{"write.crosses-end", "X8", "Across the end: IDNF, nothing written", kHang, kNeedsWindow, crosses_end},
    Case{"write.flags", "X9", "The A and D flags change nothing", "nobody known", kNeedsWindow, flags},
    Case{"write.without-w", "X9", "The opcode says that it is a write, not the W flag", "clients that forget the flag",
         kNeedsWindow, without_w},
    Case{"write.broadcast-mac", "X10", "A write sent to the broadcast MAC is executed", "nobody known", kNeedsWindow,
         broadcast_mac},
    Case{"write.order.writes", "X11", "Two writes to one sector are applied in the order of arrival",
         "everybody who repeats or overlaps writes: old data wins", kNeedsWindow, order_writes},
    Case{"write.order.read", "X11", "A read behind a write to the same sector sees it", "databases, file systems",
         kNeedsWindow, order_write_read},
    Case{"write.copy.same-tag", "X12", "A write sent twice is answered and done", "iPXE, WinAoE", kNeedsWindow,
         copy_same_tag},
    Case{"write.copy.other-tag", "X13", "A write sent again under another tag is answered under both",
         "Linux, illumos, Plan 9: they only know the newer tag", kNeedsWindow, copy_other_tag},
    Case{"write.dma", "X14", "WRITE DMA writes like WRITE SECTORS", kGuests, kNeedsWindow, write_dma},
    Case{"write.fua", "X14", "WRITE DMA FUA EXT writes", kGuests, kNeedsWindow, write_fua},
    Case{"write.flush", "X15", "A flush succeeds after a write", "illumos", kNeedsWindow, flush},
    Case{"write.trim", "X16", "TRIM, where announced, touches only its range", "initiators that free space",
         kNeedsWindow, trim},
};

}  // namespace

std::span<const Case> write_cases() { return kCases; }

}  // namespace aoekit::conform
