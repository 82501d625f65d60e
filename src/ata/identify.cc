// Building the IDENTIFY DEVICE page.
#include "ata/identify.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "ata/checksum.h"
#include "ata/identify_words.h"
#include "ata/task_file.h"
#include "ata/trim.h"
#include "base/check.h"
#include "base/cursor.h"

namespace aoekit::ata {
namespace {

using Words = std::array<std::uint16_t, kIdentifyBytes / 2>;

constexpr std::uint16_t bits_if(bool condition, std::uint16_t bits) { return condition ? bits : std::uint16_t{0}; }

// `count` words from `first` on, least significant first.
void put_number(Words& words, std::size_t first, std::size_t count, std::uint64_t value) {
  for (std::size_t i = 0; i < count; ++i, value >>= 16) words[first + i] = static_cast<std::uint16_t>(value);
}

// The first character of each pair is the word's high byte; padded with spaces.
void put_text(Words& words, std::size_t first, std::size_t count, std::string_view text) {
  const auto character = [text](std::size_t i) {
    if (i >= text.size()) return ' ';
    return text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
  };
  for (std::size_t i = 0; i < count; ++i) {
    words[first + i] = static_cast<std::uint16_t>(character(2 * i) << 8 | character(2 * i + 1));
  }
}

void put_names(Words& words, const DiskIdentity& identity) {
  put_text(words, word::kSerial, word::kSerialWords, identity.serial);
  put_text(words, word::kFirmware, word::kFirmwareWords, identity.firmware);
  put_text(words, word::kModel, word::kModelWords, identity.model);
}

// Cylinders, heads, sectors: the customary 16 x 63, cylinders rounded down and at most what tools expect as the most.
void put_geometry(Words& words, Sectors size) {
  constexpr std::uint16_t kHeads = 16, kSectorsPerTrack = 63;
  constexpr std::uint64_t kCylindersMax = 16383;
  const std::uint64_t cylinders = std::min(size.count / (kHeads * kSectorsPerTrack), kCylindersMax);
  words[word::kDefaultCylinders] = words[word::kCylinders] = static_cast<std::uint16_t>(cylinders);
  words[word::kDefaultHeads] = words[word::kHeads] = kHeads;
  words[word::kDefaultSectors] = words[word::kSectors] = kSectorsPerTrack;
  put_number(words, word::kChsCapacity, 2, cylinders * kHeads * kSectorsPerTrack);
  // Words 100-103 also for a disk that 28 bits address: WinAoE and WinVBlock read nothing else.
  put_number(words, word::kLba28Size, 2, std::min(size.count, kLba28Max));
  put_number(words, word::kLba48Size, 4, size.count);
}

// What belongs to a cable: the modes that a plain disk of the day names, consistent with each other and without meaning
// here. No queueing (75), no Serial ATA (76), no transport version (222): these words stay 0.
void put_transfer_modes(Words& words) {
  words[word::kMultiple] = 0x8000;
  words[word::kCapabilities] =
      word::kCapabilityLba | word::kCapabilityDma | word::kCapabilityIordy | word::kIordyMayBeOff;
  words[word::kCapabilities2] = word::kWordValid;
  words[word::kValidity] = word::kChsValid | word::kTimingsValid | word::kUltraDmaValid;
  words[word::kMultiwordDma] = 0x0007;  // modes 0-2
  words[word::kPio] = 0x0003;           // modes 3 and 4
  // Nanoseconds, as PIO 4 and multiword DMA 2 need them.
  for (std::size_t i = 0; i < word::kCycleTimeWords; ++i) words[word::kCycleTimes + i] = 120;
  words[word::kUltraDma] = 0x407f;     // modes 0-6, the last selected
  words[word::kResetResult] = 0x400b;  // as vblade and ggaoed have it
}

void put_features(Words& words, const Disk& disk) {
  constexpr std::uint16_t kAlways82 = word::kSmart | word::kPowerManagement | word::kLookAhead;
  constexpr std::uint16_t kAlways83 = word::kLba48 | word::kFlush | word::kFlushExt;
  words[word::kMajorVersions] = 0x01f0;  // ATA/ATAPI-4 to ATA8-ACS
  words[word::kMinorVersion] = 0x0028;   // ATA8-ACS revision 6
  words[word::kSupported82] =
      static_cast<std::uint16_t>(kAlways82 | bits_if(disk.identity.has_write_cache, word::kWriteCache));
  words[word::kSupported83] = word::kWordValid | kAlways83;
  const auto fua = static_cast<std::uint16_t>(word::kWordValid | bits_if(!disk.identity.never_stable, word::kFua));
  words[word::kSupported84] = fua;
  words[word::kEnabled85] = static_cast<std::uint16_t>(
      word::kPowerManagement | bits_if(disk.smart_enabled, word::kSmart) |
      bits_if(disk.write_cache_enabled, word::kWriteCache) | bits_if(disk.look_ahead_enabled, word::kLookAhead));
  words[word::kEnabled86] = kAlways83;
  words[word::kEnabled87] = fua;
}

void put_medium(Words& words, const DiskIdentity& identity, Access access) {
  const std::uint32_t sectors = std::max(identity.physical_sector_bytes / kSectorBytes, 1U);
  const auto exponent = static_cast<std::uint16_t>(std::min<int>(std::countr_zero(sectors), word::kSectorExponentMask));
  // Logical sectors are 512 bytes, so words 117-118 say nothing.
  words[word::kSectorSize] = static_cast<std::uint16_t>(
      word::kWordValid | bits_if(exponent > 0, static_cast<std::uint16_t>(word::kMultipleLogicalSectors | exponent)));
  words[word::kAlignment] = word::kWordValid;  // logical sector 0 begins a physical one
  words[word::kRotationRate] = bits_if(!identity.rotational, word::kNonRotating);
  if (offers_trim(identity, access)) {
    words[word::kAdditional] = bits_if(identity.trim_reads_zero, word::kTrimDeterministic | word::kTrimReadsZero);
    words[word::kTrimBlocks] = kTrimBlocksMax;
    words[word::kDataSetManagement] = word::kTrim;
  }
}

}  // namespace

void build_identify(const Disk& disk, MutableBytes page) { build_identify(disk, Access::read_write, page); }

void build_identify(const Disk& disk, Access access, MutableBytes page) {
  AOEKIT_CHECK(page.size() >= kIdentifyBytes);
  AOEKIT_CHECK(std::has_single_bit(disk.identity.physical_sector_bytes));
  Words words{};
  words[word::kGeneral] = 0x0040;                // an ATA disk, not removable
  words[word::kSpecificConfiguration] = 0xc837;  // needs no spin-up command; this page is complete
  put_names(words, disk.identity);
  put_geometry(words, disk.size);
  put_transfer_modes(words);
  put_features(words, disk);
  put_medium(words, disk.identity, access);
  words[word::kIntegrity] = word::kIntegritySignature;
  ByteWriter writer(page.first(kIdentifyBytes));
  for (const std::uint16_t value : words) writer.u16_le(value);
  seal(page.first(kIdentifyBytes));
}

}  // namespace aoekit::ata
