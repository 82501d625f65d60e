// DATA SET MANAGEMENT: the ranges, and all the ways to be refused.
#include "ata/trim.h"

#include <algorithm>

#include "ata/ata_fixture.h"
#include "base/cursor.h"

namespace aoekit::ata {
namespace {

class Trim : public AtaFixture {
 protected:
  Trim() { block_.fill(0); }

  void put(std::size_t entry, std::uint64_t first, std::uint16_t count) {
    ByteWriter writer(MutableBytes(block_).subspan(8 * entry, 8));
    writer.u48_le(first);
    writer.u16_le(count);
  }
  wire::AtaBody trim() const { return with_feature(request(0x06, 0, 1, block_), 0x01); }

  std::array<std::uint8_t, 600> block_;  // more than the block: a frame may have trailing bytes
};

TEST_F(Trim, BecomesATransferOfOneBlock) {
  put(0, 0, 8);
  put(63, 999, 1);
  std::fill(block_.begin() + 512, block_.end(), std::uint8_t{0xff});  // not part of it
  const Transfer transfer = transfer_for(trim());
  EXPECT_EQ(transfer.kind, block::OpKind::trim);
  EXPECT_EQ(transfer.write_bytes, 512U);
  EXPECT_EQ(transfer.range, SectorRange{});
}

TEST_F(Trim, EntriesAreFortyEightBitsOfAddressAndSixteenOfCount) {
  put(5, 0x123456789abc, 0xdef0);
  EXPECT_EQ(trim_range(block_, 5), (SectorRange{{0x123456789abc}, {0xdef0}}));
  EXPECT_EQ(trim_range(block_, 4), SectorRange{});
}

TEST_F(Trim, AnyRangeOutsideRefusesAll) {
  put(0, 0, 8);
  put(63, 999, 2);
  expect_refused(trim(), kErrorIdNotFound);
  put(63, 0xffffffffffff, 0xffff);
  expect_refused(trim(), kErrorIdNotFound);
}

TEST_F(Trim, EmptyEntriesMeanNothingWhereverTheyPoint) {
  put(3, 0xffffffffffff, 0);
  EXPECT_EQ(transfer_for(trim()).kind, block::OpKind::trim);
}

TEST_F(Trim, RefusedWithoutTheBitTheBlockOrTheAbility) {
  expect_refused(with_feature(trim(), 0x00), kErrorAbort);
  expect_refused(with_feature(trim(), 0x03), kErrorAbort);
  wire::AtaBody other_count = trim();
  other_count.count = 0;
  expect_refused(other_count, kErrorAbort);
  other_count.count = 2;
  expect_refused(other_count, kErrorAbort, TransferLimits{17});
  wire::AtaBody half = trim();
  half.data = half.data.first(511);
  expect_refused(half, kErrorAbort);
  disk_.identity.read_only = true;
  expect_refused(trim(), kErrorAbort);
  disk_.identity.read_only = false;
  disk_.identity.can_trim = false;
  expect_refused(trim(), kErrorAbort);
}

}  // namespace
}  // namespace aoekit::ata
