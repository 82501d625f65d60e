// From a task file to what has to be done: a transfer for the disk, an answer at once, or a refusal.
#pragma once

#include <cstdint>
#include <variant>

#include "ata/disk.h"
#include "ata/registers.h"
#include "base/bytes.h"
#include "base/time.h"
#include "block/block_op.h"
#include "wire/frame.h"

namespace aoekit::ata {

// The registers of a response. The LBA registers are the request's unless the command returns something in them.
struct ResponseRegisters {
  std::uint8_t error = 0;
  std::uint8_t status = kStatusReady;
  std::uint8_t count = 0;
  std::array<std::uint8_t, 6> lba{};
};

// Work for the disk. The target answers when it is done, with complete().
struct Transfer {
  block::OpKind kind = block::OpKind::read;
  block::Durability durability = block::Durability::cached;  // of writes and trims
  SectorRange range;             // within the disk; empty for flush, and for trim (whose ranges are in the data)
  bool returns_data = false;     // READ yes; READ VERIFY reads and returns nothing
  std::size_t write_bytes = 0;   // how much of the request's data is used (writes, trim)
};

// An answer that needs no disk: the first `data_bytes` of the scratch memory go with it.
struct Immediate {
  ResponseRegisters registers;
  std::size_t data_bytes = 0;
};

using Action = std::variant<Transfer, Immediate>;

// What the frames of the arrival interface and the rights of the sender allow.
struct TransferLimits {
  std::uint32_t sectors_max = 2;  // that fit a response (wire::sectors_that_fit)
  Access access = Access::read_write;
};

// Whether a request asks for what Access::read_only refuses: writes, trims, and switching the write cache, on which the
// writes of others depend.
bool changes_disk(const wire::AtaBody& request);

// Decides one ATA request. Refusals (unknown opcode, no such range, read-only, more sectors than fit, less write data
// than the count says) are Immediates with ERR set and ABRT, IDNF or WP in the error register - never AoE errors,
// which the Linux driver ignores (docs/protocol.md). May change `disk` (SET FEATURES, SMART enable, counters). SMART
// refusals carry data too (ata/smart.h).
// `scratch` receives data of immediate answers; REQUIRES scratch.size() >= 512 (one page of data is all they return).
Action interpret(const wire::AtaBody& request, const TransferLimits& limits, Disk& disk, Instant now,
                 MutableBytes scratch);

// The registers with which a finished Transfer is answered, and counts it in disk.health. On success status is 0x40,
// error 0, count 0. On failure: status ERR (and DF where the device itself is at fault), error UNC / ABRT / WP / IDNF.
ResponseRegisters complete(const wire::AtaBody& request, const Transfer& transfer, block::BlockStatus status,
                           Disk& disk);

// The ranges of a DATA SET MANAGEMENT (TRIM) block: eight-byte entries, 48 bits of LBA and 16 of count; zero counts
// are skipped. Entry `i` of `data`; REQUIRES i < data.size() / 8. Lies within the disk, as interpret() saw to it.
SectorRange trim_range(ByteView data, std::size_t i);

}  // namespace aoekit::ata
