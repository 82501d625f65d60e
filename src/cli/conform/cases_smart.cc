// SMART, where the target says that it has it.
#include <array>

#include "cli/conform/case.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

constexpr std::uint8_t kReadData = 0xd0;
constexpr std::uint8_t kReadLog = 0xd5;
constexpr std::uint8_t kReturnStatus = 0xda;

wire::AtaBody taskfile(Probe& probe, std::uint8_t subcommand, std::uint32_t count) {
  const ata::IdentifyPage& page = probe.facts().identify;
  if (!page.smart_supported || !page.smart_enabled) probe.skip("the target says that it has no SMART");
  wire::AtaBody body = taskfile28(byte_of(ata::Opcode::smart), 0, count);
  body.feature_or_error = subcommand;
  body.lba[1] = 0x4f;
  body.lba[2] = 0xc2;
  return body;
}

ByteView page_of(Probe& probe, const Reply& reply) {
  const ByteView data = reply.ata().data;
  probe.check(data.size() >= kSectorBytes, "512 bytes of data");
  return data.first(kSectorBytes);
}

void check_sum(Probe& probe, ByteView page) {
  unsigned sum = 0;
  for (const std::uint8_t byte : page) sum += byte;
  probe.check((sum & 0xff) == 0, "all bytes of the page together make 0");
}

void status(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(taskfile(probe, kReturnStatus, 0)));
  const wire::AtaBody body = reply.ata();
  const bool good = body.lba[1] == 0x4f && body.lba[2] == 0xc2;
  const bool failing = body.lba[1] == 0xf4 && body.lba[2] == 0x2c;
  probe.check(good || failing, "4f/c2 (healthy) or f4/2c (failing) in the LBA registers");
}
void status_size(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(taskfile(probe, kReturnStatus, 0)));
  static_cast<void>(page_of(probe, reply));
}
void data(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(taskfile(probe, kReadData, 1)));
  check_sum(probe, page_of(probe, reply));
}
void log_directory(Probe& probe) {
  const Reply reply = probe.ata_ok(probe.ata(taskfile(probe, kReadLog, 1)));
  const ByteView page = page_of(probe, reply);
  probe.check(page[0] == 1 && page[1] == 0, "log directory version 1");
}
void log_unknown(Probe& probe) {
  wire::AtaBody body = taskfile(probe, kReadLog, 1);
  body.lba[0] = 0x9f;
  probe.ata_refused(probe.ata(body), ata::kErrorAbort);
}
void key(Probe& probe) {
  wire::AtaBody body = taskfile(probe, kReturnStatus, 0);
  body.lba[1] = 0;
  probe.ata_refused(probe.ata(body), ata::kErrorAbort);
}
void unknown(Probe& probe) { probe.ata_refused(probe.ata(taskfile(probe, 0x77, 0)), ata::kErrorAbort); }

constexpr std::array kCases = {
    Case{"smart.status", "S1", "RETURN STATUS tells healthy or failing in the LBA registers",
         "aoeping -S return_status, smartd", kNeedsNothing, status},
    Case{"smart.status-size", "S2", "Its answer carries 512 bytes, too", "aoeping -S: it exits 1 below 548 bytes",
         kNeedsNothing, status_size},
    Case{"smart.data", "S3", "READ DATA returns a page whose bytes make 0", "aoeping -S read_data", kNeedsNothing,
         data},
    Case{"smart.log-directory", "S4", "Log 0 is the directory, version 1", "aoeping -S read_log", kNeedsNothing,
         log_directory},
    Case{"smart.log-unknown", "S4", "A log that is not there is an ATA abort", "aoeping -S read_log:n", kNeedsNothing,
         log_unknown},
    Case{"smart.key", "S5", "Without 4f/c2 in the LBA registers: an ATA abort", "nobody known", kNeedsNothing, key},
    Case{"smart.unknown", "S6", "An unknown sub-command is an ATA abort", "nobody known", kNeedsNothing, unknown},
};

}  // namespace

std::span<const Case> smart_cases() { return kCases; }

}  // namespace aoekit::conform
