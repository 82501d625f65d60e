// How outcomes of transfers become registers and counters.
#include "ata/ata_fixture.h"
#include "ata/registers.h"

namespace aoekit::ata {
namespace {

using block::BlockStatus;
using block::OpKind;

class Complete : public AtaFixture {
 protected:
  ResponseRegisters complete_with(OpKind kind, BlockStatus status) {
    body_ = request(0x24, 0x30201, 2);
    Transfer transfer;
    transfer.kind = kind;
    transfer.range = {{0x30201}, {2}};
    transfer.returns_data = kind == OpKind::read;
    return complete(body_, transfer, status, disk_);
  }

  wire::AtaBody body_;
};

TEST_F(Complete, SuccessIsReadyAloneAndCountsDown) {
  for (const OpKind kind : {OpKind::read, OpKind::write, OpKind::flush, OpKind::trim}) {
    const ResponseRegisters registers = complete_with(kind, BlockStatus::ok);
    EXPECT_EQ(registers.status, 0x40);
    EXPECT_EQ(registers.error, 0);
    EXPECT_EQ(registers.count, 0);
    EXPECT_EQ(registers.lba, body_.lba);
  }
  EXPECT_EQ(disk_.health.sectors_read, 2U);
  EXPECT_EQ(disk_.health.sectors_written, 2U);
}

TEST_F(Complete, VerifiedSectorsAreNotSectorsRead) {
  Transfer verify;
  verify.range = {{0}, {2}};
  EXPECT_EQ(complete(request(0x42), verify, BlockStatus::ok, disk_).status, 0x40);
  EXPECT_EQ(disk_.health.sectors_read, 0U);
}

struct FailureCase {
  OpKind kind;
  BlockStatus status;
  std::uint8_t status_register;
  std::uint8_t error_register;
};
constexpr FailureCase kFailures[] = {
    {OpKind::read, BlockStatus::medium_error, 0x41, 0x40},   {OpKind::write, BlockStatus::medium_error, 0x61, 0x04},
    {OpKind::flush, BlockStatus::medium_error, 0x61, 0x04},  {OpKind::trim, BlockStatus::medium_error, 0x61, 0x04},
    {OpKind::write, BlockStatus::no_space, 0x61, 0x04},      {OpKind::flush, BlockStatus::no_space, 0x61, 0x04},
    {OpKind::read, BlockStatus::unavailable, 0x61, 0x04},    {OpKind::write, BlockStatus::unavailable, 0x61, 0x04},
    {OpKind::write, BlockStatus::read_only, 0x41, 0x44},     {OpKind::trim, BlockStatus::read_only, 0x41, 0x04},
    {OpKind::read, BlockStatus::out_of_range, 0x41, 0x10},   {OpKind::write, BlockStatus::out_of_range, 0x41, 0x10},
    {OpKind::trim, BlockStatus::unsupported, 0x41, 0x04},    {OpKind::read, BlockStatus::unsupported, 0x41, 0x04},
};

TEST_F(Complete, FailuresSayWhoIsToBlame) {
  for (const FailureCase& expected : kFailures) {
    SCOPED_TRACE(std::string(to_string(expected.kind)) + " " + to_string(expected.status));
    const ResponseRegisters registers = complete_with(expected.kind, expected.status);
    EXPECT_EQ(registers.status, expected.status_register);
    EXPECT_EQ(registers.error, expected.error_register);
    EXPECT_EQ(registers.count, 2) << "nothing was transferred";
    EXPECT_EQ(registers.lba, body_.lba);
  }
  EXPECT_EQ(disk_.health.read_errors, 2U);
  EXPECT_EQ(disk_.health.write_errors, 4U);
  EXPECT_EQ(disk_.health.flush_errors, 2U);
  EXPECT_EQ(disk_.health.requests_aborted, 6U);
  EXPECT_EQ(disk_.health.sectors_read + disk_.health.sectors_written, 0U);
}

}  // namespace
}  // namespace aoekit::ata
