// What discover, identify, smart and dump print, for people and as JSON.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/discover_format.h"
#include "cli/dump_format.h"
#include "cli/identify_format.h"
#include "cli/smart_format.h"
#include "cli/smart_page.h"
#include "cli/transfer_options.h"
#include "wire/encode.h"

namespace aoekit::cli {
namespace {

Discovered sample() {
  Discovered found;
  found.target = {.address = {1, 2},
                  .mac = {{2, 0, 0, 0, 0, 0x0b}},
                  .port = 0,
                  .interface = "eth0",
                  .buffer_count = 64,
                  .firmware = 1,
                  .sectors_per_frame = 17,
                  .config_string = std::string("a\0b", 3)};
  found.page.emplace();
  found.page->size = Sectors{2048};
  found.page->model = "aoekit";
  return found;
}

TEST(DiscoverFormat, OneLineATarget) {
  Discovered silent = sample();
  silent.target.address = {3, 4};
  silent.page.reset();
  EXPECT_EQ(format_discovered({sample(), silent}),
            "TARGET  INTERFACE  MAC                SIZE   BUFFERS  SECTORS/FRAME  MODEL   CONFIG\n"
            "e1.2    eth0       02:00:00:00:00:0b  1 MiB  64       17             aoekit  a\\x00b\n"
            "e3.4    eth0       02:00:00:00:00:0b  ?      64       17             ?       a\\x00b\n");
}

TEST(DiscoverFormat, JsonLeavesOutWhatIsNotKnown) {
  const auto json = discovered_json({sample()});
  EXPECT_EQ(json[0]["address"], "e1.2");
  EXPECT_EQ(json[0]["bytes"], 1048576);
  Discovered silent = sample();
  silent.page.reset();
  EXPECT_FALSE(discovered_json({silent})[0].contains("bytes"));
}

TEST(IdentifyFormat, SaysFeaturesInWords) {
  ata::IdentifyPage page;
  page.model = "m\x01";
  page.write_cache_supported = true;
  page.rotation_rate = 7200;
  page.checksum_valid = false;
  page.ata_major_versions = 1 << 8 | 1 << 6;
  const std::string text = format_identify(page);
  EXPECT_NE(text.find("m\\x01\n"), std::string::npos);
  EXPECT_NE(text.find("supported, disabled"), std::string::npos);
  EXPECT_NE(text.find("7200 rpm"), std::string::npos);
  EXPECT_NE(text.find("WRONG"), std::string::npos);
  EXPECT_NE(text.find("ATA-6 ATA8-ACS\n"), std::string::npos);
  EXPECT_EQ(identify_json(page)["checksum_valid"], false);
  page.checksum_valid.reset();
  EXPECT_TRUE(identify_json(page)["checksum_valid"].is_null());
}

TEST(SmartPage, AttributesThresholdsAndChecksum) {
  std::vector<std::uint8_t> data(512), thresholds(512);
  // Attribute 9 in the second entry: value 100, worst 99, raw 0x0102.
  const std::vector<std::uint8_t> entry{9, 0x32, 0, 100, 99, 2, 1, 0, 0, 0, 0};
  std::copy(entry.begin(), entry.end(), data.begin() + 2 + 12);
  data[511] = static_cast<std::uint8_t>(0U - std::accumulate(data.begin(), data.end(), 0U));
  thresholds[2] = 9;
  thresholds[3] = 7;
  auto smart = parse_smart(data, thresholds);
  ASSERT_TRUE(smart && smart->attributes.size() == 1);
  EXPECT_TRUE(smart->checksum_valid);
  EXPECT_EQ(smart->attributes[0].raw, 0x0102U);
  EXPECT_EQ(smart->attributes[0].threshold, 7);
  EXPECT_NE(format_smart({SmartVerdict::passed, *smart, {{6, 1}}}).find("Power_On_Hours"), std::string::npos);
  data[100] ^= 1;
  EXPECT_FALSE(parse_smart(data, {})->checksum_valid);
  EXPECT_EQ(parse_smart(data, {})->attributes[0].threshold, std::nullopt);
  EXPECT_FALSE(parse_smart(ByteView(data).first(511), {}).has_value());
}

TEST(SmartPage, LogDirectory) {
  std::vector<std::uint8_t> sector(512);
  sector[2] = 1;       // log 1: one sector
  sector[6 * 2] = 2;   // log 6: two
  const auto logs = parse_log_directory(sector);
  ASSERT_EQ(logs.size(), 2U);
  EXPECT_EQ(logs[1].address, 6);
  EXPECT_EQ(logs[1].sectors, 2);
}

TEST(SmartFormat, HexDumpShowsTheLastShortLine) {
  const std::vector<std::uint8_t> bytes{'A', 0, 'B'};
  EXPECT_EQ(hex_dump(bytes), "0000  41 00 42                                         A.B\n");
}

TEST(DumpFormat, FieldsOfARequestAndReasonsOfRejects) {
  wire::Header header;
  header.address = {1, 2};
  header.tag = 7;
  wire::AtaBody body;
  body.command_or_status = 0x24;
  body.count = 2;
  body.lba = {0x10, 0x32, 0, 0, 0, 0};
  std::vector<std::uint8_t> frame(64);
  const auto json = frame_json(wire::encode(frame, header, body));
  EXPECT_EQ(json["command_name"], "ata");
  EXPECT_EQ(json["ata_command"], 0x24);
  EXPECT_EQ(json["lba"], 0x3210);
  EXPECT_EQ(json["tag"], 7);
  EXPECT_EQ(frame_json(ByteView(frame).first(10))["reject"], "frame_too_short");
  EXPECT_EQ(frame_json(ByteView(frame).first(30))["reject"], "ata_too_short");
}

TEST(TransferOptions, RangesStayOnTheDisk) {
  const Sectors size{1000};
  EXPECT_EQ(range_on_disk(0, std::nullopt, size).value(), (SectorRange{{0}, {1000}}));
  EXPECT_EQ(range_on_disk(1000, std::nullopt, size).value(), (SectorRange{{1000}, {0}}));
  EXPECT_EQ(range_on_disk(10, 5, size).value(), (SectorRange{{10}, {5}}));
  EXPECT_EQ(range_on_disk(1001, std::nullopt, size).error().message,
            "sector 1001 is past the end of the disk: it has 1000 sectors");
  EXPECT_NE(range_on_disk(999, 2, size).error().message.find("so 1 at most"), std::string::npos);
  EXPECT_FALSE(range_on_disk(1, UINT64_MAX, size));
}

TEST(TransferOptions, PartialTransfersAreDescribed) {
  const SectorRange wanted{{100}, {50}};
  EXPECT_EQ(describe_partial(wanted, {0}, "written"), "nothing was written");
  EXPECT_EQ(describe_partial(wanted, {10}, "written"), "only sectors 100-109 of 100-149 were written");
  EXPECT_EQ(describe_partial(wanted, {50}, "written"), "all sectors, 100-149, were written");
}

}  // namespace
}  // namespace aoekit::cli
