// Task files of requests and the meaning of responses.
#include "initiator/ata_frame.h"

#include <algorithm>

#include "ata/registers.h"
#include "base/check.h"
#include "base/cursor.h"

namespace aoekit::initiator {
namespace {

// Any of BSY, DF, DRQ, ERR: what the Linux driver takes for a failure.
constexpr std::uint8_t kStatusFailureMask = 0xa9;
constexpr std::uint8_t kLbaModeBits = 0xe0;  // in the device/head register of 28-bit commands
constexpr std::uint8_t kFeatureTrim = 0x01;

ata::Opcode opcode_for(block::OpKind kind, const AtaRequestOptions& options) {
  const bool wide = options.width == AddressWidth::lba48;
  switch (kind) {
    case block::OpKind::read: return wide ? ata::Opcode::read_sectors_ext : ata::Opcode::read_sectors;
    case block::OpKind::write:
      if (options.durability == block::Durability::stable) {
        AOEKIT_CHECK(wide);
        return ata::Opcode::write_dma_fua_ext;
      }
      return wide ? ata::Opcode::write_sectors_ext : ata::Opcode::write_sectors;
    case block::OpKind::flush: return wide ? ata::Opcode::flush_cache_ext : ata::Opcode::flush_cache;
    case block::OpKind::trim: return ata::Opcode::data_set_management;
  }
  AOEKIT_CHECK(false && "an OpKind");
  return ata::Opcode::flush_cache;
}

block::BlockStatus block_status(block::OpKind kind, std::uint8_t ata_status, std::uint8_t error) {
  if ((error & ata::kErrorIdNotFound) != 0) return block::BlockStatus::out_of_range;
  if ((ata_status & ata::kStatusFault) != 0) return block::BlockStatus::medium_error;
  if (kind == block::OpKind::write && (error & ata::kErrorWriteProtected) != 0) return block::BlockStatus::read_only;
  if ((error & ata::kErrorAbort) != 0) return block::BlockStatus::unsupported;
  return block::BlockStatus::medium_error;
}

}  // namespace

wire::AtaBody ata_request(block::OpKind kind, SectorRange range, const AtaRequestOptions& options) {
  wire::AtaBody body;
  body.command_or_status = static_cast<std::uint8_t>(opcode_for(kind, options));
  if (kind == block::OpKind::trim) {
    body.flags |= wire::kAtaFlagWrite;
    body.feature_or_error = kFeatureTrim;
    body.count = 1;
    body.lba[3] = kLbaModeBits;
    return body;
  }
  AOEKIT_CHECK(range.count.count <= wire::kSectorsPerFrameMax);
  if (options.width == AddressWidth::lba48) body.flags |= wire::kAtaFlagExtended;
  if (kind == block::OpKind::write) body.flags |= wire::kAtaFlagWrite;
  body.count = static_cast<std::uint8_t>(range.count.count);
  std::uint64_t lba = range.first.value;
  for (std::uint8_t& byte : body.lba) {
    byte = static_cast<std::uint8_t>(lba);
    lba >>= 8;
  }
  AOEKIT_CHECK(lba == 0);
  if (options.width == AddressWidth::lba28) {
    AOEKIT_CHECK(range.end() <= std::uint64_t{1} << 28);
    body.lba[3] |= kLbaModeBits;
  }
  return body;
}

void write_trim_block(SectorRange range, MutableBytes block) {
  AOEKIT_CHECK(block.size() == kSectorBytes && range.count.count <= kTrimSectorsMax);
  ByteWriter writer(block);
  std::uint64_t first = range.first.value;
  for (std::uint64_t left = range.count.count; left > 0;) {
    const std::uint64_t count = std::min(left, kTrimEntrySectorsMax);
    writer.u48_le(first);
    writer.u16_le(static_cast<std::uint16_t>(count));
    first += count;
    left -= count;
  }
  writer.zeros(writer.remaining());
}

wire::AtaBody identify_request() {
  wire::AtaBody body;
  body.command_or_status = static_cast<std::uint8_t>(ata::Opcode::identify_device);
  body.count = 1;
  body.lba[3] = 0xa0;  // as Linux and aoeping have it
  return body;
}

Answer judge_ata(block::OpKind kind, const wire::AtaBody& reply, std::size_t data_bytes) {
  const std::uint8_t status = reply.command_or_status;
  if ((status & kStatusFailureMask) != 0) {
    const std::uint8_t error = reply.feature_or_error;
    return {Outcome::ata_error, block_status(kind, status, error), status, error};
  }
  if (kind == block::OpKind::read && reply.data.size() < data_bytes) {
    return {Outcome::short_reply, block::BlockStatus::medium_error, status, 0};
  }
  return {Outcome::ok, block::BlockStatus::ok, status, 0};
}

Answer judge_aoe_error(std::uint8_t error) {
  const bool refused = error == static_cast<std::uint8_t>(wire::AoeError::unrecognized_command) ||
                       error == static_cast<std::uint8_t>(wire::AoeError::bad_argument);
  return {Outcome::aoe_error, refused ? block::BlockStatus::unsupported : block::BlockStatus::unavailable, 0, error};
}

}  // namespace aoekit::initiator
