// Taking an IDENTIFY DEVICE page apart. It may come from any target, so nothing in it is trusted.
#include <array>
#include <limits>

#include "ata/checksum.h"
#include "ata/identify.h"
#include "ata/identify_words.h"
#include "base/cursor.h"

namespace aoekit::ata {
namespace {

class PageReader {
 public:
  explicit PageReader(ByteView page) : page_(page.first(kIdentifyBytes)) {}

  ByteView bytes() const { return page_; }
  std::uint16_t word(std::size_t i) const { return ByteReader(page_.subspan(2 * i, 2)).u16_le(); }
  bool has(std::size_t i, std::uint16_t bit) const { return (word(i) & bit) != 0; }
  bool is_valid(std::size_t i) const { return (word(i) & word::kWordValidMask) == word::kWordValid; }

  std::uint64_t number(std::size_t first, std::size_t count) const {
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 16 | word(first + i);
    return value;
  }
  // Without the spaces and NULs that pad it; what a terminal should not be sent becomes '?'.
  std::string text(std::size_t first, std::size_t count) const {
    std::string text;
    for (std::size_t i = first; i < first + count; ++i) {
      for (const int byte : {word(i) >> 8, word(i) & 0xff}) text += static_cast<char>(byte);
    }
    const std::size_t last = text.find_last_not_of(std::string_view("\0 ", 2));
    text.resize(last == std::string::npos ? 0 : last + 1);
    for (char& character : text) {
      if (character < 0x20 || character >= 0x7f) character = '?';
    }
    return text;
  }

 private:
  ByteView page_;
};

void read_sizes(const PageReader& reader, IdentifyPage& page) {
  page.lba_supported = reader.has(word::kCapabilities, word::kCapabilityLba);
  // Either word, as the Linux driver has it.
  page.lba48_supported =
      reader.has(word::kSupported83, word::kLba48) || reader.has(word::kEnabled86, word::kLba48);
  page.lba28_size = Sectors{reader.number(word::kLba28Size, 2)};
  page.lba48_size = Sectors{reader.number(word::kLba48Size, 4)};
  page.size = page.lba48_supported ? page.lba48_size : page.lba28_size;
  // Some targets fill the current geometry without the bit of word 53 that says so.
  const bool has_current = reader.word(word::kCylinders) != 0;
  page.cylinders = reader.word(has_current ? word::kCylinders : word::kDefaultCylinders);
  page.heads = reader.word(has_current ? word::kHeads : word::kDefaultHeads);
  page.sectors_per_track = reader.word(has_current ? word::kSectors : word::kDefaultSectors);
}

void read_features(const PageReader& reader, IdentifyPage& page) {
  page.ata_major_versions = reader.word(word::kMajorVersions);
  if (page.ata_major_versions == 0xffff) page.ata_major_versions = 0;
  page.write_cache_enabled = reader.has(word::kEnabled85, word::kWriteCache);
  page.smart_enabled = reader.has(word::kEnabled85, word::kSmart);
  if (reader.is_valid(word::kSupported83)) {
    page.write_cache_supported = reader.has(word::kSupported82, word::kWriteCache);
    page.smart_supported = reader.has(word::kSupported82, word::kSmart);
    page.power_management_supported = reader.has(word::kSupported82, word::kPowerManagement);
    page.flush_supported = reader.has(word::kSupported83, word::kFlush);
    page.flush_ext_supported = reader.has(word::kSupported83, word::kFlushExt);
  }
  page.fua_supported = reader.is_valid(word::kSupported84) && reader.has(word::kSupported84, word::kFua);
  page.trim_supported = reader.has(word::kDataSetManagement, word::kTrim);
  page.trim_deterministic = page.trim_supported && reader.has(word::kAdditional, word::kTrimDeterministic);
  page.trim_reads_zero = page.trim_deterministic && reader.has(word::kAdditional, word::kTrimReadsZero);
  page.trim_blocks_max = page.trim_supported ? reader.word(word::kTrimBlocks) : std::uint16_t{0};
}

void read_medium(const PageReader& reader, IdentifyPage& page) {
  page.rotation_rate = reader.word(word::kRotationRate);
  if (page.rotation_rate == 0xffff) page.rotation_rate = 0;
  if (!reader.is_valid(word::kSectorSize)) return;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  if (reader.has(word::kSectorSize, word::kLongLogicalSectors)) {
    const std::uint64_t bytes = 2 * reader.number(word::kLogicalSectorWords, 2);
    if (bytes >= kSectorBytes && bytes <= kMax) page.logical_sector_bytes = static_cast<std::uint32_t>(bytes);
  }
  page.physical_sector_bytes = page.logical_sector_bytes;
  if (reader.has(word::kSectorSize, word::kMultipleLogicalSectors)) {
    const int exponent = reader.word(word::kSectorSize) & word::kSectorExponentMask;
    const std::uint64_t bytes = static_cast<std::uint64_t>(page.logical_sector_bytes) << exponent;
    if (bytes <= kMax) page.physical_sector_bytes = static_cast<std::uint32_t>(bytes);
  }
}

}  // namespace

std::optional<IdentifyPage> parse_identify(ByteView bytes) {
  if (bytes.size() < kIdentifyBytes) return std::nullopt;
  const PageReader reader(bytes);
  IdentifyPage page;
  page.serial = reader.text(word::kSerial, word::kSerialWords);
  page.firmware = reader.text(word::kFirmware, word::kFirmwareWords);
  page.model = reader.text(word::kModel, word::kModelWords);
  read_sizes(reader, page);
  read_features(reader, page);
  read_medium(reader, page);
  if ((reader.word(word::kIntegrity) & 0xff) == word::kIntegritySignature) {
    page.checksum_valid = byte_sum(reader.bytes()) == 0;
  }
  return page;
}

}  // namespace aoekit::ata
