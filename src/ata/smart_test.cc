// SMART: sub-commands, pages, and the 512 bytes that aoeping waits for.
#include "ata/smart.h"

#include <algorithm>
#include <optional>

#include "ata/ata_fixture.h"
#include "ata/checksum.h"
#include "base/cursor.h"

namespace aoekit::ata {
namespace {

class Smart : public AtaFixture {
 protected:
  static wire::AtaBody command(std::uint8_t subcommand, std::uint8_t log = 0, std::uint8_t count = 1) {
    return with_feature(request(0xb0, 0xc24f00U | log, count), subcommand);
  }
  bool scratch_is_zero() const {
    return std::all_of(scratch_.begin(), scratch_.end(), [](std::uint8_t byte) { return byte == 0; });
  }
  // Twelve bytes of attribute or threshold `id` in the page of the last answer.
  std::optional<ByteView> entry(std::uint8_t id) const {
    for (std::size_t at = 2; at < 2 + 30 * 12; at += 12) {
      if (scratch_[at] == id) return ByteView(scratch_).subspan(at, 12);
    }
    return std::nullopt;
  }
  std::uint64_t raw(std::uint8_t id) const { return ByteReader(entry(id).value().subspan(5)).u48_le(); }
};

TEST_F(Smart, DataPageCarriesTheExportsOwnCounters) {
  disk_.health = {.sectors_read = 0x123456789a, .sectors_written = 77, .read_errors = 3, .write_errors = 4,
                  .flush_errors = 0, .requests = 1000, .requests_aborted = 9, .opened_at = now_};
  now_ += std::chrono::hours(49) + std::chrono::minutes(59);
  const Immediate answer = immediate_for(command(0xd0));
  EXPECT_EQ(answer.data_bytes, 512U);
  EXPECT_EQ(answer.registers.status, 0x40);
  EXPECT_EQ(byte_sum(scratch_), 0);
  EXPECT_EQ(scratch_[0], 0x10);
  EXPECT_EQ(raw(9), 49U);
  EXPECT_EQ(raw(1), 3U);
  EXPECT_EQ(raw(187), 3U);
  EXPECT_EQ(raw(200), 4U);
  EXPECT_EQ(raw(210), 1001U) << "this request included";
  EXPECT_EQ(raw(211), 9U);
  EXPECT_EQ(raw(212), 0U);
  EXPECT_EQ(raw(241), 77U);
  EXPECT_EQ(raw(242), 0x123456789aU);
  EXPECT_EQ((*entry(1))[3], 97) << "value";
  EXPECT_EQ((*entry(241))[3], 100);
}

TEST_F(Smart, CountersBeyondFortyEightBitsStayThere) {
  disk_.health.sectors_read = UINT64_MAX;
  immediate_for(command(0xd0));
  EXPECT_EQ(raw(242), 0xffffffffffffU);
}

TEST_F(Smart, ThresholdsAreThereForEveryAttribute) {
  immediate_for(command(0xd0));
  std::vector<std::uint8_t> ids;
  for (std::size_t at = 2; scratch_[at] != 0; at += 12) ids.push_back(scratch_[at]);
  EXPECT_GE(ids.size(), 9U);
  EXPECT_EQ(immediate_for(command(0xd1)).data_bytes, 512U);
  EXPECT_EQ(byte_sum(scratch_), 0);
  for (const std::uint8_t id : ids) EXPECT_TRUE(entry(id).has_value()) << int{id};
  EXPECT_EQ((*entry(1))[1], 90);
  EXPECT_EQ((*entry(9))[1], 0);
}

TEST_F(Smart, LogsAreEmptyAndSealed) {
  disk_.health.write_errors = 0x1ff;
  EXPECT_EQ(immediate_for(command(0xd5, 0)).registers.status, 0x40);
  EXPECT_EQ(ByteReader(scratch_).u16_le(), 1) << "version of the directory";
  EXPECT_EQ(scratch_[2 * 1], 1);
  EXPECT_EQ(scratch_[2 * 2], 1);
  EXPECT_EQ(scratch_[2 * 3], 0);
  EXPECT_EQ(scratch_[2 * 6], 1);
  for (const std::uint8_t log : Bytes{1, 2, 6}) {
    EXPECT_EQ(immediate_for(command(0xd5, log)).registers.status, 0x40);
    EXPECT_EQ(scratch_[0], 1);
    EXPECT_EQ(scratch_[1], 0) << "no entry";
    EXPECT_EQ(byte_sum(scratch_), 0);
    EXPECT_EQ(ByteReader(ByteView(scratch_).subspan(452)).u16_le(), log == 6 ? 0 : 0x1ff);
  }
}

TEST_F(Smart, StatusTurnsBadAtTheThresholds) {
  const wire::AtaBody status = command(0xda);
  EXPECT_EQ(immediate_for(status).registers.lba, status.lba);
  EXPECT_TRUE(scratch_is_zero());
  disk_.health.read_errors = 9;
  disk_.health.write_errors = 9;
  EXPECT_EQ(immediate_for(status).registers.lba[1], 0x4f);
  disk_.health.read_errors = 10;
  EXPECT_EQ(immediate_for(status).registers.lba[1], 0xf4);
  EXPECT_EQ(immediate_for(status).registers.lba[2], 0x2c);
  disk_.health = {};
  disk_.health.flush_errors = 1;
  EXPECT_EQ(immediate_for(status).registers.lba[1], 0xf4);
}

TEST_F(Smart, WhileDisabledOnlyEnableWorks) {
  EXPECT_EQ(immediate_for(command(0xd9)).registers.status, 0x40);
  EXPECT_FALSE(disk_.smart_enabled);
  for (const std::uint8_t subcommand : Bytes{0xd0, 0xd1, 0xd5, 0xd9, 0xda}) {
    expect_refused(command(subcommand), kErrorAbort);
  }
  expect_success(command(0xd8));
  EXPECT_TRUE(disk_.smart_enabled);
}

TEST_F(Smart, RefusesTheRestWithDataAllTheSame) {
  expect_refused(command(0xd4), kErrorAbort);
  expect_refused(command(0xd6, 1), kErrorAbort);
  expect_refused(command(0xd5, 3), kErrorAbort);
  expect_refused(command(0xd5, 1, 2), kErrorAbort);
  wire::AtaBody unsigned_request = command(0xd0);
  unsigned_request.lba[1] = 0;
  expect_refused(unsigned_request, kErrorAbort);
  scratch_.fill(0xee);
  EXPECT_EQ(immediate_for(command(0xd4)).data_bytes, 512U);
  EXPECT_TRUE(scratch_is_zero());
  for (const std::uint8_t subcommand : Bytes{0xd8, 0xda}) {
    scratch_.fill(0xee);
    EXPECT_EQ(immediate_for(command(subcommand)).data_bytes, 512U);
    EXPECT_TRUE(scratch_is_zero());
  }
}

TEST_F(Smart, FramesTooSmallForAPageGetNone) {
  constexpr TransferLimits kTiny{0};
  for (const std::uint8_t subcommand : Bytes{0xd0, 0xd1, 0xd5}) {
    expect_refused(command(subcommand, 1), kErrorAbort, kTiny);
    EXPECT_EQ(immediate_for(command(subcommand, 1), kTiny).data_bytes, 0U);
  }
  EXPECT_EQ(immediate_for(command(0xda), kTiny).registers.status, 0x40);
  EXPECT_EQ(immediate_for(command(0xda), kTiny).data_bytes, 0U);
}

}  // namespace
}  // namespace aoekit::ata
