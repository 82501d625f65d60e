// Every opcode: what it becomes, and what is refused with which bits.
#include "ata/interpret.h"

#include <algorithm>

#include "ata/ata_fixture.h"
#include "ata/registers.h"

namespace aoekit::ata {
namespace {

using block::Durability;
using block::OpKind;

class Interpret : public AtaFixture {};

struct TransferCase {
  const char* name;
  std::uint8_t opcode;
  OpKind kind;
  bool is_lba48;
  bool returns_data;
  Durability durability;
};
constexpr TransferCase kTransfers[] = {
    {"READ SECTORS", 0x20, OpKind::read, false, true, Durability::cached},
    {"READ SECTORS EXT", 0x24, OpKind::read, true, true, Durability::cached},
    {"READ DMA", 0xc8, OpKind::read, false, true, Durability::cached},
    {"READ DMA EXT", 0x25, OpKind::read, true, true, Durability::cached},
    {"READ VERIFY", 0x40, OpKind::read, false, false, Durability::cached},
    {"READ VERIFY EXT", 0x42, OpKind::read, true, false, Durability::cached},
    {"WRITE SECTORS", 0x30, OpKind::write, false, false, Durability::cached},
    {"WRITE SECTORS EXT", 0x34, OpKind::write, true, false, Durability::cached},
    {"WRITE DMA", 0xca, OpKind::write, false, false, Durability::cached},
    {"WRITE DMA EXT", 0x35, OpKind::write, true, false, Durability::cached},
    {"WRITE DMA FUA EXT", 0x3d, OpKind::write, true, false, Durability::stable},
};

TEST_F(Interpret, TransfersInAllForms) {
  const auto data = sectors(2);
  for (const TransferCase& expected : kTransfers) {
    SCOPED_TRACE(expected.name);
    const Transfer transfer = transfer_for(request(expected.opcode, 0x123, 2, data));
    EXPECT_EQ(transfer.kind, expected.kind);
    EXPECT_EQ(transfer.range, (SectorRange{{0x123}, {2}}));
    EXPECT_EQ(transfer.returns_data, expected.returns_data);
    EXPECT_EQ(transfer.durability, expected.durability);
    EXPECT_EQ(transfer.write_bytes, expected.kind == OpKind::write ? 1024U : 0U);
  }
}

TEST_F(Interpret, OpcodeAloneDecidesTheAddressWidth) {
  disk_.size = Sectors{std::uint64_t{1} << 40};
  const auto data = sectors(1);
  for (const TransferCase& expected : kTransfers) {
    SCOPED_TRACE(expected.name);
    for (const std::uint8_t flags : Bytes{0x00, 0x40}) {
      wire::AtaBody body = request(expected.opcode, 0x56e1234567, 1, data);
      body.flags = flags;
      EXPECT_EQ(transfer_for(body).range.first.value, expected.is_lba48 ? 0x56e1234567U : 0x1234567U);
    }
  }
}

TEST_F(Interpret, WithoutWriteCacheEveryWriteIsStable) {
  disk_.write_cache_enabled = false;
  const auto data = sectors(1);
  for (const TransferCase& expected : kTransfers) {
    if (expected.kind != OpKind::write) continue;
    EXPECT_EQ(transfer_for(request(expected.opcode, 0, 1, data)).durability, Durability::stable) << expected.name;
  }
}

TEST_F(Interpret, RefusesWhatNoFrameHoldsOrNoDataComesWith) {
  const auto data = sectors(3);
  for (const TransferCase& expected : kTransfers) {
    SCOPED_TRACE(expected.name);
    expect_refused(request(expected.opcode, 0, 0, data), kErrorAbort);
    expect_refused(request(expected.opcode, 0, 3, data), kErrorAbort);
    expect_refused(request(expected.opcode, 0, 1, data), kErrorAbort, TransferLimits{0});
    if (expected.kind == OpKind::write) {
      expect_refused(request(expected.opcode, 0, 2, ByteView(data).first(1023)), kErrorAbort);
      expect_refused(request(expected.opcode, 0, 1), kErrorAbort);
    }
  }
}

TEST_F(Interpret, RangesEndWithTheDisk) {
  const auto data = sectors(2);
  for (const TransferCase& expected : kTransfers) {
    SCOPED_TRACE(expected.name);
    EXPECT_EQ(transfer_for(request(expected.opcode, 999, 1, data)).range.end(), 1000U);
    EXPECT_EQ(transfer_for(request(expected.opcode, 998, 2, data)).range.end(), 1000U);
    expect_refused(request(expected.opcode, 999, 2, data), kErrorIdNotFound);
    expect_refused(request(expected.opcode, 1000, 1, data), kErrorIdNotFound);
    expect_refused(request(expected.opcode, 0xffffffffffff, 2, data), kErrorIdNotFound);
  }
}

TEST_F(Interpret, LastAddressesOfEitherWidth) {
  disk_.size = Sectors{std::uint64_t{1} << 48};
  EXPECT_EQ(transfer_for(request(0x20, 0xef'ffffff, 1)).range.first.value, 0x0fffffffU);
  EXPECT_EQ(transfer_for(request(0x24, 0xffffffffffff, 1)).range.first.value, 0xffffffffffffU);
  expect_refused(request(0x24, 0xffffffffffff, 2), kErrorIdNotFound);
}

TEST_F(Interpret, EmptyDiskHasNoSectorToRead) {
  disk_.size = Sectors{0};
  expect_refused(request(0x24, 0, 1), kErrorIdNotFound);
}

TEST_F(Interpret, FullFrameOfTheLargestKind) {
  EXPECT_EQ(transfer_for(request(0x24, 0, 255), TransferLimits{255}).range.count.count, 255U);
}

TEST_F(Interpret, ReadOnlyDiskRefusesWritesWithWriteProtect) {
  disk_.identity.read_only = true;
  const auto data = sectors(1);
  for (const TransferCase& expected : kTransfers) {
    SCOPED_TRACE(expected.name);
    const wire::AtaBody body = request(expected.opcode, 0, 1, data);
    if (expected.kind == OpKind::write) {
      expect_refused(body, kErrorWriteProtected | kErrorAbort);
    } else {
      EXPECT_EQ(transfer_for(body).kind, OpKind::read);
    }
  }
}

TEST_F(Interpret, ReadOnlyAccessIsThatToAReadOnlyDisk) {
  constexpr TransferLimits kReadOnly{2, Access::read_only};
  const auto data = sectors(1);
  for (const TransferCase& expected : kTransfers) {
    SCOPED_TRACE(expected.name);
    const wire::AtaBody body = request(expected.opcode, 0, 1, data);
    EXPECT_EQ(changes_disk(body), expected.kind == OpKind::write);
    if (expected.kind == OpKind::write) {
      expect_refused(body, kErrorWriteProtected | kErrorAbort, kReadOnly);
    } else {
      EXPECT_EQ(transfer_for(body, kReadOnly).kind, OpKind::read);
    }
  }
  const wire::AtaBody trim = with_feature(request(0x06, 0, 1, data), 0x01);
  EXPECT_TRUE(changes_disk(trim));
  expect_refused(trim, kErrorAbort, kReadOnly);
  EXPECT_EQ(transfer_for(request(0xea), kReadOnly).kind, OpKind::flush);
}

TEST_F(Interpret, FlushesReachTheDisk) {
  for (const std::uint8_t opcode : Bytes{0xe7, 0xea}) {
    const Transfer transfer = transfer_for(request(opcode));
    EXPECT_EQ(transfer.kind, OpKind::flush);
    EXPECT_EQ(transfer.range, SectorRange{});
    EXPECT_FALSE(transfer.returns_data);
  }
}

TEST_F(Interpret, WhereNothingIsEverStableFlushesAreAnsweredAtOnceAndFuaIsRefused) {
  disk_.identity.never_stable = true;
  for (const std::uint8_t opcode : Bytes{0xe7, 0xea, 0xe0, 0xe2}) expect_success(request(opcode));
  expect_refused(request(0x3d, 0, 1, sectors(1)), kErrorAbort);
  EXPECT_EQ(transfer_for(request(0x34, 0, 1, sectors(1))).durability, block::Durability::cached);
}

TEST_F(Interpret, StandbyFlushesTheCacheFirst) {
  for (const std::uint8_t opcode : Bytes{0xe0, 0xe2}) {
    disk_.identity.has_write_cache = true;
    EXPECT_EQ(transfer_for(request(opcode)).kind, OpKind::flush);
    disk_.identity.has_write_cache = false;
    expect_success(request(opcode));
  }
}

TEST_F(Interpret, IdleSucceedsAndThePowerModeIsActive) {
  expect_success(request(0xe1));
  expect_success(request(0xe3, 0, 12));
  const Immediate answer = immediate_for(request(0xe5));
  EXPECT_EQ(answer.registers.count, 0xff);
  EXPECT_EQ(answer.registers.status, 0x40);
}

TEST_F(Interpret, IdentifyTakesAnyCountAndFlag) {
  for (const std::uint8_t count : Bytes{0, 1, 2, 255}) {
    wire::AtaBody body = request(0xec, 0xa0000000, count);
    body.flags = count == 2 ? 0x40 : 0;
    scratch_.fill(0xee);
    const Immediate answer = immediate_for(body);
    EXPECT_EQ(answer.data_bytes, 512U);
    EXPECT_EQ(answer.registers.status, 0x40);
    EXPECT_EQ(answer.registers.count, 0);
    EXPECT_EQ(answer.registers.lba, body.lba);
    EXPECT_EQ(scratch_[510], 0xa5);
  }
  expect_refused(request(0xec, 0, 1), kErrorAbort, TransferLimits{0});
}

TEST_F(Interpret, ReadNativeMaxReturnsTheLastAddress) {
  using Lba = std::array<std::uint8_t, 6>;
  EXPECT_EQ(immediate_for(request(0xf8, 0xe0000000)).registers.lba, (Lba{0xe7, 0x03, 0, 0xe0, 0, 0}));
  EXPECT_EQ(immediate_for(request(0x27)).registers.lba, (Lba{0xe7, 0x03, 0, 0, 0, 0}));
  disk_.size = Sectors{0x123456789abc};
  EXPECT_EQ(immediate_for(request(0xf8, 0xe0000000)).registers.lba, (Lba{0xff, 0xff, 0xff, 0xef, 0, 0}));
  EXPECT_EQ(immediate_for(request(0x27)).registers.lba, (Lba{0xbb, 0x9a, 0x78, 0x56, 0x34, 0x12}));
  disk_.size = Sectors{0};
  expect_refused(request(0x27), kErrorAbort);
}

TEST_F(Interpret, AllOtherOpcodesAbort) {
  constexpr std::uint8_t kServed[] = {0x06, 0x20, 0x24, 0x25, 0x27, 0x30, 0x34, 0x35, 0x3d, 0x40, 0x42, 0xb0,
                                      0xc8, 0xca, 0xe0, 0xe1, 0xe2, 0xe3, 0xe5, 0xe7, 0xea, 0xec, 0xef, 0xf8};
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    const bool is_served = std::count(std::begin(kServed), std::end(kServed), opcode) != 0;
    EXPECT_EQ(opcode_from(static_cast<std::uint8_t>(opcode)).has_value(), is_served) << opcode;
    if (!is_served) expect_refused(request(static_cast<std::uint8_t>(opcode), 5, 1), kErrorAbort);
  }
  EXPECT_EQ(disk_.health.requests, 256 - std::size(kServed));
}

}  // namespace
}  // namespace aoekit::ata
