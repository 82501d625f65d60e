// Fuzzes the IDENTIFY page: any page can be read, and what is built from any disk reads back the same.
#include <algorithm>
#include <array>

#include "ata/identify.h"
#include "base/check.h"
#include "base/cursor.h"

namespace aoekit::ata {
namespace {

bool is_clean(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; }) &&
         (text.empty() || text.back() != ' ');
}

void check_parsed(const IdentifyPage& page) {
  AOEKIT_CHECK(is_clean(page.serial) && page.serial.size() <= 20);
  AOEKIT_CHECK(is_clean(page.firmware) && page.firmware.size() <= 8);
  AOEKIT_CHECK(is_clean(page.model) && page.model.size() <= 40);
  AOEKIT_CHECK(page.logical_sector_bytes >= kSectorBytes);
  AOEKIT_CHECK(page.physical_sector_bytes >= page.logical_sector_bytes);
  AOEKIT_CHECK(page.trim_supported || (!page.trim_deterministic && page.trim_blocks_max == 0));
}

std::string text_from(ByteReader& reader) {
  const ByteView bytes = reader.take(std::min<std::size_t>(reader.u8() % 48, reader.remaining()));
  return {bytes.begin(), bytes.end()};
}

Disk disk_from(ByteView input) {
  ByteReader reader(input);
  Disk disk;
  disk.size = Sectors{reader.u64_le()};
  const std::uint8_t bits = reader.u8();
  disk.identity.rotational = (bits & 1) != 0;
  disk.identity.can_trim = (bits & 2) != 0;
  disk.identity.trim_reads_zero = (bits & 4) != 0;
  disk.identity.read_only = (bits & 8) != 0;
  disk.identity.has_write_cache = (bits & 16) != 0;
  disk.write_cache_enabled = (bits & 32) != 0;
  disk.smart_enabled = (bits & 64) != 0;
  disk.look_ahead_enabled = (bits & 128) != 0;
  disk.identity.physical_sector_bytes = kSectorBytes << (reader.u8() % 16);
  disk.identity.serial = text_from(reader);
  disk.identity.firmware = text_from(reader);
  disk.identity.model = text_from(reader);
  return disk;
}

void check_round_trip(const Disk& disk) {
  std::array<std::uint8_t, kIdentifyBytes> bytes;
  bytes.fill(0xee);
  build_identify(disk, bytes);
  const std::optional<IdentifyPage> page = parse_identify(bytes);
  AOEKIT_CHECK(page.has_value());
  check_parsed(*page);
  AOEKIT_CHECK(page->checksum_valid == true);
  AOEKIT_CHECK(page->size == disk.size);
  AOEKIT_CHECK(page->lba28_size.count == std::min<std::uint64_t>(disk.size.count, 0x0fffffff));
  AOEKIT_CHECK(page->physical_sector_bytes == disk.identity.physical_sector_bytes);
  AOEKIT_CHECK(page->write_cache_supported == disk.identity.has_write_cache);
  AOEKIT_CHECK(page->write_cache_enabled == disk.write_cache_enabled);
  AOEKIT_CHECK(page->smart_enabled == disk.smart_enabled);
  AOEKIT_CHECK(page->trim_supported == (disk.identity.can_trim && !disk.identity.read_only));
  AOEKIT_CHECK((page->rotation_rate == 1) == !disk.identity.rotational);
}

}  // namespace
}  // namespace aoekit::ata

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aoekit;
  const ByteView input(data, size);
  if (const auto page = ata::parse_identify(input)) ata::check_parsed(*page);
  ata::check_round_trip(ata::disk_from(input));
  return 0;
}
