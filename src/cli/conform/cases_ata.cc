// ATA commands that leave the disk as it is: reads and their limits, verify, flush, power, and what is refused.
#include <algorithm>
#include <array>

#include "cli/conform/case.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

using ata::kErrorAbort;
using ata::kErrorIdNotFound;
using ata::Opcode;

std::uint64_t size_of(Probe& probe) { return probe.facts().identify.size.count; }

void need48(Probe& probe) {
  if (!probe.facts().identify.lba48_supported) probe.skip("no 48-bit commands");
}

Bytes data_of(Probe& probe, const wire::AtaBody& body) {
  const Reply reply = probe.ata_ok(probe.ata(body));
  const std::size_t wanted = std::size_t{body.count} * kSectorBytes;
  const ByteView data = reply.ata().data;
  probe.check(data.size() >= wanted, fmt::format("{} bytes of data", wanted));
  return {data.begin(), data.begin() + static_cast<std::ptrdiff_t>(wanted)};
}

void success(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(probe.read_taskfile(0, 1)));
  probe.equal("sector count", unsigned{reply.ata().count}, 0U);
  probe.equal_bytes("bytes 34 and 35", ByteView(reply.bytes).subspan(34, 2), Bytes(2, 0));
}
void registers(Probe& probe) {
  const wire::AtaBody body = probe.read_taskfile(std::min<std::uint64_t>(size_of(probe) - 1, 0x123), 1);
  const Reply reply = probe.ata_ok(probe.ata(body));
  probe.check(reply.ata().lba == body.lba, "the request's LBA registers");
  probe.check(reply.ata().flags == body.flags, "the request's flags");
}
void exact_size(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(probe.read_taskfile(0, 1)));
  probe.equal("frame bytes", reply.bytes.size(), wire::kAtaHeaderBytes + kSectorBytes);
}

void read_same(Probe& probe) {
  need48(probe);
  const Bytes narrow = data_of(probe, taskfile28(byte_of(Opcode::read_sectors), 1, 1));
  const Bytes wide = data_of(probe, taskfile48(byte_of(Opcode::read_sectors_ext), 1, 1));
  probe.equal_bytes("the 48-bit read", wide, narrow);
}
void read_counts(Probe& probe) {
  const std::uint32_t most = probe.facts().sectors_per_frame;
  const Bytes all = data_of(probe, probe.read_taskfile(0, most));
  for (std::uint32_t count = 1; count < most; ++count) {
    const Bytes part = data_of(probe, probe.read_taskfile(0, count));
    probe.equal_bytes("the shorter read", part, ByteView(all).first(part.size()));
  }
}
void read_fits(Probe& probe) {
  const std::uint32_t most = wire::sectors_that_fit(probe.link().mtu_bytes());
  if (most <= probe.facts().sectors_per_frame) probe.skip("the frame holds no more than what is advertised");
  static_cast<void>(data_of(probe, probe.read_taskfile(0, most)));
}
void read_too_many(Probe& probe) {
  const std::uint32_t too_many = wire::sectors_that_fit(probe.link().mtu_bytes()) + 1;
  if (too_many > 255) probe.skip("the MTU holds whatever can be asked for");
  probe.ata_refused(probe.ata(probe.read_taskfile(0, too_many)), kErrorAbort);
  probe.ata_refused(probe.ata(probe.read_taskfile(0, 255)), kErrorAbort);
}
void read_count_zero(Probe& probe) { probe.ata_refused(probe.ata(probe.read_taskfile(0, 0)), kErrorAbort); }
void read_last(Probe& probe) { static_cast<void>(data_of(probe, probe.read_taskfile(size_of(probe) - 1, 1))); }
void read_past_end(Probe& probe) {
  probe.ata_refused(probe.ata(probe.read_taskfile(size_of(probe), 1)), kErrorIdNotFound);
}
void read_crosses_end(Probe& probe) {
  if (probe.facts().sectors_per_frame < 2) probe.skip("one sector a frame");
  probe.ata_refused(probe.ata(probe.read_taskfile(size_of(probe) - 1, 2)), kErrorIdNotFound);
}
void read_far(Probe& probe) {
  need48(probe);
  for (const std::uint64_t lba : {(std::uint64_t{1} << 48) - 1, (std::uint64_t{1} << 47)}) {
    probe.ata_refused(probe.ata(taskfile48(byte_of(Opcode::read_sectors_ext), lba, 1)), kErrorIdNotFound);
  }
}
void error_without_data(Probe& probe) {
  const Reply reply = probe.ata_refused(probe.ata(probe.read_taskfile(size_of(probe), 1)), kErrorIdNotFound);
  probe.equal("frame bytes", reply.bytes.size(), wire::kMinFrameBytes);
}

// Bits 7-4 of the device register belong to no address.
void device_bits(Probe& probe) {
  const Bytes expected = data_of(probe, taskfile28(byte_of(Opcode::read_sectors), 0, 1));
  for (const auto device : std::to_array<std::uint8_t>({0x00, 0x40, 0xa0, 0xf0})) {
    wire::AtaBody body = taskfile28(byte_of(Opcode::read_sectors), 0, 1);
    body.lba[3] = device;
    probe.equal_bytes(fmt::format("sector 0 read with 0x{:02x} in the device register", device), data_of(probe, body),
                      expected);
  }
}
// A 28-bit opcode with the E flag, and rubbish where only 48-bit commands have an address.
void opcode28(Probe& probe) {
  const Bytes expected = data_of(probe, taskfile28(byte_of(Opcode::read_sectors), 1, 1));
  wire::AtaBody body = taskfile28(byte_of(Opcode::read_sectors), 1, 1);
  body.flags = wire::kAtaFlagExtended;
  body.lba[4] = 0x77;
  body.lba[5] = 0x66;
  probe.equal_bytes("the sector", data_of(probe, body), expected);
}
// A 48-bit opcode without the E flag: byte 3 is address, not device register.
void opcode48(Probe& probe) {
  need48(probe);
  wire::AtaBody body = taskfile48(byte_of(Opcode::read_sectors_ext), 1, 1);
  const Bytes expected = data_of(probe, body);
  body.flags = 0;
  probe.equal_bytes("the sector", data_of(probe, body), expected);
  if (size_of(probe) > 0xe0000000U) return;
  body.lba[3] = 0xe0;
  probe.ata_refused(probe.ata(body), kErrorIdNotFound);
}
void flags(Probe& probe) {
  wire::AtaBody body = probe.read_taskfile(0, 1);
  const Bytes expected = data_of(probe, body);
  const std::uint8_t plain = body.flags;
  for (const std::uint8_t extra : {wire::kAtaFlagAsync, wire::kAtaFlagDevHead}) {
    body.flags = plain | extra;
    probe.equal_bytes("the sector", data_of(probe, body), expected);
  }
}

void read_dma(Probe& probe) {
  const Bytes expected = data_of(probe, probe.read_taskfile(0, 1));
  probe.equal_bytes("READ DMA", data_of(probe, taskfile28(byte_of(Opcode::read_dma), 0, 1)), expected);
  need48(probe);
  probe.equal_bytes("READ DMA EXT", data_of(probe, taskfile48(byte_of(Opcode::read_dma_ext), 0, 1)), expected);
}
void verify(Probe& probe) {
  probe.ata_ok(probe.ata(taskfile28(byte_of(Opcode::read_verify), 0, 1)));
  const Reply reply = probe.ata_ok(probe.ata(taskfile48(byte_of(Opcode::read_verify_ext), size_of(probe) - 1, 1)));
  probe.equal("frame bytes", reply.bytes.size(), wire::kMinFrameBytes);
  probe.ata_refused(probe.ata(taskfile48(byte_of(Opcode::read_verify_ext), size_of(probe), 1)), kErrorIdNotFound);
}
void opcode_unknown(Probe& probe) {
  for (const auto opcode : std::to_array<std::uint8_t>({0x00, 0x10, 0x91, 0x99, 0xff})) {
    probe.ata_refused(probe.ata(taskfile28(opcode, 0, 1)), kErrorAbort);
  }
}
void flush(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(taskfile28(byte_of(Opcode::flush_cache), 0, 0)));
  probe.equal("frame bytes", reply.bytes.size(), wire::kMinFrameBytes);
}
void flush_ext(Probe& probe) { probe.ata_ok(probe.ata(taskfile48(byte_of(Opcode::flush_cache_ext), 0, 0))); }
void power_check(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(taskfile28(byte_of(Opcode::check_power_mode), 0, 0)));
  probe.equal("sector count", unsigned{reply.ata().count}, 0xffU);
}
void power_check_count(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(taskfile28(byte_of(Opcode::check_power_mode), 0, 200)));
  probe.equal("sector count", unsigned{reply.ata().count}, 0xffU);
}
void power_modes(Probe& probe) {
  for (const Opcode opcode : {Opcode::idle, Opcode::idle_immediate, Opcode::standby, Opcode::standby_immediate}) {
    probe.ata_ok(probe.ata(taskfile28(byte_of(opcode), 0, 0)));
  }
}
void native_max(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(taskfile48(byte_of(Opcode::read_native_max_ext), 0, 0)));
  std::uint64_t last = 0;
  for (std::size_t i = 6; i-- > 0;) last = last << 8 | reply.ata().lba[i];
  probe.equal("last sector", last, size_of(probe) - 1);
}
void native_max28(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(taskfile28(byte_of(Opcode::read_native_max), 0, 0)));
  const auto lba = reply.ata().lba;
  const std::uint64_t last = lba[0] | unsigned{lba[1]} << 8 | unsigned{lba[2]} << 16 | (lba[3] & 0x0fU) << 24;
  probe.equal("last sector", last, std::min<std::uint64_t>(size_of(probe) - 1, 0x0fffffff));
}
void features_unknown(Probe& probe) {
  wire::AtaBody body = taskfile28(byte_of(Opcode::set_features), 0, 0);
  body.feature_or_error = 0x99;
  probe.ata_refused(probe.ata(body), kErrorAbort);
}
// illumos switches the cache off and on, and takes a refusal, too; the page has to tell what became of it.
void features_write_cache(Probe& probe) {
  if (!probe.facts().identify.write_cache_supported) probe.skip("no write cache in word 82");
  const bool was_on = probe.facts().identify.write_cache_enabled;
  for (const bool on : {!was_on, was_on}) {
    wire::AtaBody body = taskfile28(byte_of(Opcode::set_features), 0, 0);
    body.feature_or_error = on ? 0x02 : 0x82;
    probe.ata_ok(probe.ata(body));
    const Bytes page = data_of(probe, taskfile28(byte_of(Opcode::identify_device), 0, 1));
    probe.check(ata::parse_identify(page)->write_cache_enabled == on, "word 85 tells whether the cache is on");
  }
}

constexpr const char* kHang =
    "Linux: it ignores AoE errors and retries for 180 s, then takes the disk down; an ATA error fails at once";

constexpr std::array kCases = {
    Case{"ata.reply.success", "A1", "Success is status 0x40 alone, error 0, count 0",
         "Linux fails the I/O on BSY, DF, DRQ or ERR", kNeedsNothing, success},
    Case{"ata.reply.registers", "A2", "LBA registers and flags come back as sent", "nobody known; traces stay readable",
         kNeedsNothing, registers},
    Case{"ata.reply.exact-size", "A3", "A read's reply ends with its data", "everybody's secrecy", kNeedsNothing,
         exact_size},
    Case{"ata.read.same", "A4", "28- and 48-bit reads return the same sector", "iPXE and Linux see different disks",
         kNeedsNothing, read_same},
    Case{"ata.read.counts", "A5", "Every count up to the advertised one is served",
         "Linux: the last frame of a request", kNeedsNothing, read_counts},
    Case{"ata.read.fits", "A6", "So are counts above it that fit the MTU", "WinVBlock, which computes (MTU - 22) / 512",
         kNeedsNothing, read_fits},
    Case{"ata.read.too-many", "A7", "More sectors than fit are an ATA abort", kHang, kNeedsNothing, read_too_many},
    Case{"ata.read.count-zero", "A8", "Count 0 is an ATA abort", "it would look like a success without data",
         kNeedsNothing, read_count_zero},
    Case{"ata.read.last", "A9", "The last sector can be read", "GPT backup headers", kNeedsNothing, read_last},
    Case{"ata.read.past-end", "A9", "Past the end: IDNF", kHang, kNeedsNothing, read_past_end},
    Case{"ata.read.crosses-end", "A9", "Across the end: IDNF", kHang, kNeedsNothing, read_crosses_end},
    Case{"ata.read.far", "A9", "So for the largest addresses", "everybody: an overflow reads elsewhere", kNeedsNothing,
         read_far},
    Case{"ata.error.no-data", "A10", "An ATA error is 60 bytes, without data", "everybody's secrecy", kNeedsNothing,
         error_without_data},
    Case{"ata.address.device-bits", "A11", "The high nibble of the device register is no address",
         "Linux, iPXE (0xe0), others (0x40, 0xa0)", kNeedsNothing, device_bits},
    Case{"ata.address.opcode28", "A11", "A 28-bit opcode has 28 bits of address, whatever the E flag",
         "clients that set E where it does not belong, as WinAoE does with IDENTIFY", kNeedsNothing, opcode28},
    Case{"ata.address.opcode48", "A11", "A 48-bit opcode has 48 bits, also without E",
         "clients that forget the flag: they reach other sectors", kNeedsNothing, opcode48},
    Case{"ata.flags", "A12", "The A and D flags change nothing of a read", "nobody known", kNeedsNothing, flags},
    Case{"ata.read.dma", "A13", "READ DMA reads like READ SECTORS", "initiators that pass a guest's commands on",
         kNeedsNothing, read_dma},
    Case{"ata.verify", "A14", "READ VERIFY reads and returns no data", "the same; disk checkers", kNeedsNothing,
         verify},
    Case{"ata.opcode.unknown", "A15", "An unknown opcode is an ATA abort", kHang, kNeedsNothing, opcode_unknown},
    Case{"ata.flush", "A16", "FLUSH CACHE succeeds", "illumos, whose file systems rely on it", kNeedsNothing, flush},
    Case{"ata.flush-ext", "A16", "FLUSH CACHE EXT succeeds", "illumos, with disks over 128 GiB", kNeedsNothing,
         flush_ext},
    Case{"ata.power.check", "A17", "CHECK POWER MODE says 0xff, active", "StarWind's initiator (inferred)",
         kNeedsNothing, power_check},
    Case{"ata.power.check-count", "A17", "So it does with another count in the request", "the same", kNeedsNothing,
         power_check_count},
    Case{"ata.power.modes", "A18", "IDLE and STANDBY succeed", "initiators that pass a guest's commands on",
         kNeedsNothing, power_modes},
    Case{"ata.native-max", "A19", "READ NATIVE MAX EXT returns the last sector", "the same; hdparm", kNeedsNothing,
         native_max},
    Case{"ata.native-max28", "A19", "READ NATIVE MAX returns it within 28 bits", "the same", kNeedsNothing,
         native_max28},
    Case{"ata.features.unknown", "A20", "An unknown SET FEATURES sub-command is an ATA abort", kHang, kNeedsNothing,
         features_unknown},
    Case{"ata.features.write-cache", "A20", "The write cache can be switched, and IDENTIFY shows it", "illumos",
         kNeedsNothing, features_write_cache},
};

}  // namespace

std::span<const Case> ata_cases() { return kCases; }

}  // namespace aoekit::conform
