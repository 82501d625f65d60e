// Between pieces of block operations and ATA frames: what is asked, and what an answer says.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/units.h"
#include "block/block_op.h"
#include "initiator/completion.h"
#include "initiator/limits.h"
#include "wire/frame.h"

namespace aoekit::initiator {

enum class AddressWidth : std::uint8_t { lba28, lba48 };

struct AtaRequestOptions {
  AddressWidth width = AddressWidth::lba48;
  block::Durability durability = block::Durability::cached;  // stable: a FUA write; REQUIRES lba48
};

// The task file that asks for `range` (empty for flush). REQUIRES: at most 255 sectors, except for trim, whose range is
// in the data (trim_block); with lba28 the range ends within 2^28 sectors.
wire::AtaBody ata_request(block::OpKind kind, SectorRange range, const AtaRequestOptions& options);

// The block of entries that trims `range`. REQUIRES: at most kTrimSectorsMax sectors; block.size() == 512.
void write_trim_block(SectorRange range, MutableBytes block);

wire::AtaBody identify_request();

// What an answer to it means. `data_bytes` is what a successful read must bring.
struct Answer {
  Outcome outcome = Outcome::ok;
  block::BlockStatus status = block::BlockStatus::ok;
  std::uint8_t ata_status = 0;
  std::uint8_t code = 0;
};
Answer judge_ata(block::OpKind kind, const wire::AtaBody& reply, std::size_t data_bytes);
Answer judge_aoe_error(std::uint8_t error);

}  // namespace aoekit::initiator
