// Task files as the modelled clients write them.
#pragma once

#include "base/units.h"
#include "block/block_op.h"
#include "wire/frame.h"

namespace aoekit::sim {

// A 48-bit READ or WRITE SECTORS EXT. REQUIRES one of these kinds and at most 255 sectors.
inline wire::AtaBody ata_request(block::OpKind kind, SectorRange range) {
  wire::AtaBody body;
  const bool writes = kind == block::OpKind::write;
  body.flags = static_cast<std::uint8_t>(wire::kAtaFlagExtended | (writes ? wire::kAtaFlagWrite : 0));
  body.count = static_cast<std::uint8_t>(range.count.count);
  body.command_or_status = writes ? 0x34 : 0x24;
  std::uint64_t lba = range.first.value;
  for (std::uint8_t& byte : body.lba) {
    byte = static_cast<std::uint8_t>(lba);
    lba >>= 8;
  }
  return body;
}

}  // namespace aoekit::sim
