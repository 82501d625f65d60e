// IDENTIFY DEVICE: that it is answered to everybody's way of asking, and that the page tells the truth.
#include <algorithm>
#include <array>

#include "base/cursor.h"
#include "cli/conform/case.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

constexpr std::uint8_t kIdentify = static_cast<std::uint8_t>(ata::Opcode::identify_device);
constexpr std::uint64_t kLba28Max = 0x0fffffff;

class Page {
 public:
  explicit Page(Probe& probe) : reply_(probe.ata_ok(probe.ata(taskfile28(kIdentify, 0, 1)))) {
    probe.check(reply_.ata().data.size() >= ata::kIdentifyBytes, "512 bytes of data");
  }
  ByteView bytes() const { return reply_.ata().data.first(ata::kIdentifyBytes); }
  std::uint16_t word(std::size_t i) const { return ByteReader(bytes().subspan(2 * i)).u16_le(); }
  bool bit(std::size_t word_index, unsigned bit_index) const { return (word(word_index) >> bit_index & 1U) != 0; }
  std::uint64_t number(std::size_t first, std::size_t words) const {
    std::uint64_t value = 0;
    for (std::size_t i = words; i-- > 0;) value = value << 16 | word(first + i);
    return value;
  }

 private:
  Reply reply_;
};

void answer(Probe& probe) { static_cast<void>(Page(probe)); }

void accept(Probe& probe, const wire::AtaBody& body) {
  const Reply reply = probe.ata_ok(probe.ata(body));
  probe.check(reply.ata().data.size() >= ata::kIdentifyBytes, "512 bytes of data");
}
void count(Probe& probe) {
  for (const std::uint32_t value : {0U, 2U, 255U}) accept(probe, taskfile28(kIdentify, 0, value));
}
void extended(Probe& probe) { accept(probe, taskfile48(kIdentify, 0, 1)); }
void device_bits(Probe& probe) {
  for (const auto device : std::to_array<std::uint8_t>({0x00, 0xa0, 0xe0})) {
    wire::AtaBody body = taskfile28(kIdentify, 0, 1);
    body.lba[3] = device;
    accept(probe, body);
  }
}
// The series of sizes with which aoe-sancheck finds the largest frame of a path.
void sizes(Probe& probe) {
  const std::uint32_t most = wire::sectors_advertised(probe.link().mtu_bytes());
  for (std::uint32_t sectors = 0; sectors <= most; ++sectors) {
    const Bytes request = probe.ata(taskfile28(kIdentify, 0, 1));
    probe.ata_ok(with_size(request, wire::kMinFrameBytes + sectors * kSectorBytes - (sectors == most ? 24 : 0), 0));
  }
}
void repeatable(Probe& probe) {
  const Page first(probe);
  const Page second(probe);
  probe.equal_bytes("the second page", second.bytes(), first.bytes());
}

void size48(Probe& probe) {
  const Page page(probe);
  const std::uint64_t sectors = page.number(100, 4);
  probe.check(sectors > 0, "words 100-103 hold the size, also of a small disk");
  probe.check(sectors < std::uint64_t{1} << 48, "word 103 zero: Linux reads 64 bits");
}
void size28(Probe& probe) {
  const Page page(probe);
  const std::uint64_t expected = std::min(page.number(100, 4), kLba28Max);
  probe.equal("words 60-61", page.number(60, 2), expected);
}
void lba48_bit(Probe& probe) {
  const Page page(probe);
  if (probe.facts().identify.size.count <= kLba28Max && !page.bit(83, 10) && !page.bit(86, 10)) {
    probe.skip("a small disk without 48-bit commands");
  }
  probe.check(page.bit(83, 10) && page.bit(86, 10), "bit 10 in words 83 and 86: 48-bit commands");
}
void size_is_true(Probe& probe) {
  const std::uint64_t size = probe.facts().identify.size.count;
  probe.ata_ok(probe.ata(probe.read_taskfile(size - 1, 1)));
  probe.ata_refused(probe.ata(probe.read_taskfile(size, 1)), ata::kErrorIdNotFound);
}

void strings(Probe& probe) {
  const Page page(probe);
  const struct {
    const char* what;
    std::size_t first, words;
  } fields[] = {{"serial number", 10, 10}, {"firmware revision", 23, 4}, {"model", 27, 20}};
  for (const auto& field : fields) {
    const ByteView text = page.bytes().subspan(2 * field.first, 2 * field.words);
    const bool printable = std::all_of(text.begin(), text.end(), [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; });
    probe.check(printable, fmt::format("printable ASCII padded with spaces in the {}", field.what));
    const bool blank = std::all_of(text.begin(), text.end(), [](std::uint8_t c) { return c == ' '; });
    probe.check(!blank, fmt::format("a {}", field.what));
  }
}
void general(Probe& probe) {
  const Page page(probe);
  probe.check((page.word(0) & 0x8000) == 0, "bit 15 of word 0 clear: an ATA device");
  probe.check(page.bit(49, 9), "bit 9 in word 49: LBA");
}
void signatures(Probe& probe) {
  const Page page(probe);
  for (const std::size_t index : {83U, 84U, 87U}) {
    probe.check((page.word(index) & 0xc000) == 0x4000,
                fmt::format("01 in the top bits of word {}: it is valid", index));
  }
}
void checksum(Probe& probe) {
  const Page page(probe);
  if ((page.word(255) & 0xff) != 0xa5) probe.skip("the page has no checksum (word 255)");
  unsigned sum = 0;
  for (const std::uint8_t byte : page.bytes()) sum += byte;
  probe.check((sum & 0xff) == 0, "all bytes together make 0");
}

void honest_flush(Probe& probe) {
  const Page page(probe);
  if (page.bit(83, 12)) probe.ata_ok(probe.ata(taskfile28(byte_of(ata::Opcode::flush_cache), 0, 0)));
  if (page.bit(83, 13)) probe.ata_ok(probe.ata(taskfile48(byte_of(ata::Opcode::flush_cache_ext), 0, 0)));
}
void honest_power(Probe& probe) {
  const Page page(probe);
  if (!page.bit(82, 3)) probe.skip("no power management in word 82");
  for (const ata::Opcode opcode : {ata::Opcode::check_power_mode, ata::Opcode::idle, ata::Opcode::idle_immediate}) {
    probe.ata_ok(probe.ata(taskfile28(byte_of(opcode), 0, 0)));
  }
}
void honest_smart(Probe& probe) {
  const Page page(probe);
  wire::AtaBody body = taskfile28(byte_of(ata::Opcode::smart), 0, 0);
  body.feature_or_error = 0xda;
  body.lba[1] = 0x4f;
  body.lba[2] = 0xc2;
  const Reply reply = probe.ask_ok(probe.ata(body));
  const bool works = reply.ata().command_or_status == ata::kStatusReady;
  probe.check(works == page.bit(85, 0),
              page.bit(85, 0) ? "a SMART status, as word 85 says" : "no SMART, as word 85 says");
}
void honest_size28(Probe& probe) {
  const Page page(probe);
  probe.ata_ok(probe.ata(taskfile28(byte_of(ata::Opcode::read_sectors), page.number(60, 2) - 1, 1)));
}

constexpr std::array kCases = {
    Case{"identify.answer", "I1", "IDENTIFY succeeds with 512 bytes", "everybody: the disk does not appear",
         kNeedsNothing, answer},
    Case{"identify.count", "I2", "Any sector count will do", "clients that leave the register alone", kNeedsNothing,
         count},
    Case{"identify.extended", "I3", "The E flag does not matter", "WinAoE, which sets it", kNeedsNothing, extended},
    Case{"identify.device-bits", "I3", "Nor does the device register", "iPXE (0xe0), Linux (0xa0), WinAoE (0)",
         kNeedsNothing, device_bits},
    Case{"identify.sizes", "I4", "Trailing zeros of every size are accepted", "aoe-sancheck: it reports small frames",
         kNeedsNothing, sizes},
    Case{"identify.repeatable", "I5", "Asked twice, the same page", "Linux: it asks again every minute", kNeedsNothing,
         repeatable},
    Case{"identify.size48", "I6", "Words 100-103 hold the size, word 103 is zero",
         "WinAoE, WinVBlock (they read nothing else), Linux, iPXE", kNeedsNothing, size48},
    Case{"identify.size28", "I7", "Words 60-61 hold the size, or 0x0fffffff if it is more",
         "iPXE, Plan 9, illumos on small disks", kNeedsNothing, size28},
    Case{"identify.lba48", "I8", "48-bit commands are announced in words 83 and 86 alike",
         "Linux (either), iPXE (83), Plan 9 (both)", kNeedsNothing, lba48_bit},
    Case{"identify.size-is-true", "I9", "The last sector can be read, the one after it is not found",
         "everybody: partition tables at the end", kNeedsNothing, size_is_true},
    Case{"identify.size28-is-true", "I9", "So can the last sector of 28-bit commands", "iPXE, BIOS boot code",
         kNeedsNothing, honest_size28},
    Case{"identify.strings", "I10", "Serial, firmware and model are printable, padded with spaces, not blank",
         "illumos: the device id is made of them; aoeping -I", kNeedsNothing, strings},
    Case{"identify.general", "I11", "Word 0 says ATA device, word 49 LBA",
         "nobody known; ATA tools disbelieve the page", kNeedsNothing, general},
    Case{"identify.signatures", "I12", "Words 83, 84 and 87 carry their validity bits",
         "nobody known; ATA tools do not believe the words", kNeedsNothing, signatures},
    Case{"identify.checksum", "I13", "If word 255 says so, the page's checksum holds", "nobody known; ATA tools warn",
         kNeedsNothing, checksum},
    Case{"identify.honest.flush", "I14", "Announced flush commands work", "illumos, which sends them", kNeedsNothing,
         honest_flush},
    Case{"identify.honest.power", "I14", "Announced power commands work", "initiators that pass a guest's commands on",
         kNeedsNothing, honest_power},
    Case{"identify.honest.smart", "I14", "SMART works exactly if word 85 says so", "aoeping -S, Plan 9", kNeedsNothing,
         honest_smart},
};

}  // namespace

std::span<const Case> identify_cases() { return kCases; }

}  // namespace aoekit::conform
