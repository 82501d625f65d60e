// The IDENTIFY page: words as the standard puts them, and reading them back.
#include "ata/identify.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "ata/checksum.h"
#include "base/cursor.h"

namespace aoekit::ata {
namespace {

using Page = std::array<std::uint8_t, kIdentifyBytes>;

Disk sample_disk() {
  Disk disk;
  disk.identity.serial = "1.2:box";
  disk.identity.model = "aoekit disk";
  disk.identity.firmware = "0.1";
  disk.identity.physical_sector_bytes = 4096;
  disk.identity.can_trim = true;
  disk.identity.has_write_cache = true;
  disk.write_cache_enabled = true;
  disk.size = Sectors{0x123456789abc};
  return disk;
}

Page page_of(const Disk& disk) {
  Page page;
  page.fill(0xee);
  build_identify(disk, page);
  return page;
}

std::uint16_t word(const Page& page, std::size_t i) { return ByteReader(ByteView(page).subspan(2 * i, 2)).u16_le(); }
void set_word(Page& page, std::size_t i, std::uint16_t value) {
  ByteWriter(MutableBytes(page).subspan(2 * i)).u16_le(value);
}

TEST(Identify, ReadOnlyAccessIsOfferedNoTrim) {
  const Disk disk = sample_disk();
  Page page;
  build_identify(disk, Access::read_only, page);
  EXPECT_FALSE(parse_identify(page)->trim_supported);
  EXPECT_EQ(parse_identify(page)->checksum_valid, true);
  build_identify(disk, Access::read_write, page);
  EXPECT_TRUE(parse_identify(page)->trim_supported);
}

TEST(Identify, GoldenWords) {
  constexpr std::pair<std::size_t, std::uint16_t> kExpected[] = {
      {0, 0x0040},   {1, 16383},    {2, 0xc837},   {3, 16},       {6, 63},       {10, 0x312e},  {11, 0x323a},
      {19, 0x2020},  {23, 0x302e},  {24, 0x3120},  {26, 0x2020},  {27, 0x616f},  {32, 0x6b20},  {46, 0x2020},
      {47, 0x8000},  {48, 0},       {49, 0x0f00},  {50, 0x4000},  {53, 0x0007},  {54, 16383},   {55, 16},
      {56, 63},      {57, 0xfc10},  {58, 0x00fb},  {59, 0},       {60, 0xffff},  {61, 0x0fff},  {63, 0x0007},
      {64, 0x0003},  {65, 120},     {68, 120},     {69, 0},       {75, 0},       {76, 0},       {80, 0x01f0},
      {81, 0x0028},  {82, 0x0069},  {83, 0x7400},  {84, 0x4040},  {85, 0x0069},  {86, 0x3400},  {87, 0x4040},
      {88, 0x407f},  {93, 0x400b},  {100, 0x9abc}, {101, 0x5678}, {102, 0x1234}, {103, 0},      {105, 1},
      {106, 0x6003}, {117, 0},      {118, 0},      {169, 1},      {209, 0x4000}, {217, 1},      {222, 0},
  };
  const Page page = page_of(sample_disk());
  for (const auto& [index, value] : kExpected) EXPECT_EQ(word(page, index), value) << "word " << index;
  EXPECT_EQ(page[510], 0xa5);
  EXPECT_EQ(byte_sum(page), 0);
}

TEST(Identify, EveryOtherWordIsZero) {
  const Page page = page_of(sample_disk());
  for (std::size_t i = 107; i < 255; ++i) {
    if (i == 169 || i == 209 || i == 217) continue;
    EXPECT_EQ(word(page, i), 0) << "word " << i;
  }
}

TEST(Identify, SmallDiskFillsBothSizesAndItsGeometry) {
  Disk disk = sample_disk();
  disk.size = Sectors{2048};
  const Page page = page_of(disk);
  EXPECT_EQ(word(page, 60), 2048);
  EXPECT_EQ(word(page, 61), 0);
  EXPECT_EQ(word(page, 100), 2048);
  EXPECT_EQ(word(page, 1), 2);
  EXPECT_EQ(word(page, 57), 2016);
}

TEST(Identify, TwentyEightBitSizeStopsAtItsLimit) {
  constexpr std::uint64_t kLimit = 0x0fffffff;
  for (const std::uint64_t size : {kLimit - 1, kLimit, kLimit + 1}) {
    Disk disk = sample_disk();
    disk.size = Sectors{size};
    const IdentifyPage page = parse_identify(page_of(disk)).value();
    EXPECT_EQ(page.lba28_size.count, std::min(size, kLimit));
    EXPECT_EQ(page.size.count, size);
  }
}

TEST(Identify, SwitchesAndAbilitiesShow) {
  Disk disk = sample_disk();
  disk.write_cache_enabled = false;
  disk.smart_enabled = false;
  disk.look_ahead_enabled = false;
  Page page = page_of(disk);
  EXPECT_EQ(word(page, 82), 0x0069);
  EXPECT_EQ(word(page, 85), 0x0008);
  disk.identity.has_write_cache = false;
  disk.identity.rotational = true;
  disk.identity.trim_reads_zero = true;
  page = page_of(disk);
  EXPECT_EQ(word(page, 82), 0x0049);
  EXPECT_EQ(word(page, 217), 0);
  EXPECT_EQ(word(page, 69), 0x4020);
  disk.identity.read_only = true;
  page = page_of(disk);
  EXPECT_EQ(word(page, 69) | word(page, 105) | word(page, 169), 0) << "no TRIM on a read-only disk";
}

TEST(Identify, PhysicalSectorExponent) {
  Disk disk = sample_disk();
  for (const auto& [bytes, expected] : {std::pair<std::uint32_t, int>{512, 0x4000}, {1024, 0x6001}, {16384, 0x6005}}) {
    disk.identity.physical_sector_bytes = bytes;
    EXPECT_EQ(word(page_of(disk), 106), expected);
    EXPECT_EQ(parse_identify(page_of(disk))->physical_sector_bytes, bytes);
  }
}

TEST(Identify, StringsAreCutPaddedAndCleaned) {
  Disk disk = sample_disk();
  disk.identity.serial = "0123456789abcdefghijKLM";
  disk.identity.model = "tab\there \xc3\xa9";
  disk.identity.firmware = "";
  const IdentifyPage page = parse_identify(page_of(disk)).value();
  EXPECT_EQ(page.serial, "0123456789abcdefghij");
  EXPECT_EQ(page.model, "tab?here ??");
  EXPECT_EQ(page.firmware, "");
}

TEST(Identify, ReadsBackWhatWasBuilt) {
  const IdentifyPage page = parse_identify(page_of(sample_disk())).value();
  EXPECT_EQ(page.serial, "1.2:box");
  EXPECT_EQ(page.model, "aoekit disk");
  EXPECT_EQ(page.firmware, "0.1");
  EXPECT_TRUE(page.lba_supported && page.lba48_supported && page.smart_supported && page.smart_enabled);
  EXPECT_TRUE(page.write_cache_supported && page.write_cache_enabled && page.flush_supported);
  EXPECT_TRUE(page.flush_ext_supported && page.fua_supported && page.power_management_supported);
  EXPECT_TRUE(page.trim_supported);
  Disk never_stable = sample_disk();
  never_stable.identity.never_stable = true;
  EXPECT_FALSE(parse_identify(page_of(never_stable))->fua_supported);
  EXPECT_FALSE(page.trim_deterministic || page.trim_reads_zero);
  EXPECT_EQ(page.trim_blocks_max, 1);
  EXPECT_EQ(page.size.count, 0x123456789abcU);
  EXPECT_EQ(page.heads, 16);
  EXPECT_EQ(page.ata_major_versions, 0x01f0);
  EXPECT_EQ(page.logical_sector_bytes, 512U);
  EXPECT_EQ(page.physical_sector_bytes, 4096U);
  EXPECT_EQ(page.rotation_rate, 1);
  EXPECT_EQ(page.checksum_valid, true);
}

TEST(ParseIdentify, TooShortIsNothing) {
  const Page page{};
  EXPECT_FALSE(parse_identify(ByteView(page).first(511)).has_value());
}

TEST(ParseIdentify, ZerosAreADiskThatSaysNothing) {
  const IdentifyPage page = parse_identify(Page{}).value();
  EXPECT_EQ(page.serial + page.model + page.firmware, "");
  EXPECT_FALSE(page.lba_supported || page.lba48_supported || page.trim_supported || page.fua_supported);
  EXPECT_EQ(page.logical_sector_bytes, 512U);
  EXPECT_EQ(page.physical_sector_bytes, 512U);
  EXPECT_EQ(page.checksum_valid, std::nullopt);
}

TEST(ParseIdentify, AsVbladeFillsIt) {
  Page page{};
  set_word(page, 47, 0x8000);
  set_word(page, 49, 0x0200);
  set_word(page, 60, 4096);
  set_word(page, 83, 0x5400);
  set_word(page, 84, 0x4000);
  set_word(page, 86, 0x1400);
  set_word(page, 87, 0x4000);
  set_word(page, 100, 4096);
  const IdentifyPage identify = parse_identify(page).value();
  EXPECT_TRUE(identify.lba48_supported && identify.flush_supported);
  EXPECT_FALSE(identify.flush_ext_supported || identify.smart_supported || identify.fua_supported);
  EXPECT_EQ(identify.size.count, 4096U);
}

TEST(ParseIdentify, WithoutLba48TheSmallSizeCounts) {
  Page page{};
  set_word(page, 60, 100);
  set_word(page, 100, 200);
  set_word(page, 54, 7);
  EXPECT_EQ(parse_identify(page)->size.count, 100U);
  EXPECT_EQ(parse_identify(page)->cylinders, 7);
}

TEST(ParseIdentify, WrongChecksumIsSeen) {
  Page page = page_of(sample_disk());
  page[100] ^= 1;
  EXPECT_EQ(parse_identify(page)->checksum_valid, false);
}

TEST(ParseIdentify, AbsurdSectorSizesFallBack) {
  Page page{};
  set_word(page, 106, 0x700f);
  set_word(page, 117, 0xffff);
  set_word(page, 118, 0xffff);
  EXPECT_EQ(parse_identify(page)->logical_sector_bytes, 512U);
  set_word(page, 117, 0x0800);
  set_word(page, 118, 0);
  EXPECT_EQ(parse_identify(page)->logical_sector_bytes, 4096U);
  EXPECT_EQ(parse_identify(page)->physical_sector_bytes, 4096U << 15);
  set_word(page, 118, 0x4000);
  EXPECT_EQ(parse_identify(page)->physical_sector_bytes, parse_identify(page)->logical_sector_bytes);
}

TEST(ParseIdentify, ControlCharactersDoNotReachATerminal) {
  Page page{};
  set_word(page, 27, 0x1b5b);  // ESC [
  set_word(page, 28, 0x4a0a);  // J newline
  EXPECT_EQ(parse_identify(page)->model, "?[J?");
}

}  // namespace
}  // namespace aoekit::ata
