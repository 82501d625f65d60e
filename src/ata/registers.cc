// The checked conversion from bytes to opcodes.
#include "ata/registers.h"

namespace aoekit::ata {

std::optional<Opcode> opcode_from(std::uint8_t value) {
  const auto opcode = static_cast<Opcode>(value);
  switch (opcode) {
    case Opcode::data_set_management:
    case Opcode::read_sectors:
    case Opcode::read_sectors_ext:
    case Opcode::read_dma_ext:
    case Opcode::read_native_max_ext:
    case Opcode::write_sectors:
    case Opcode::write_sectors_ext:
    case Opcode::write_dma_ext:
    case Opcode::write_dma_fua_ext:
    case Opcode::read_verify:
    case Opcode::read_verify_ext:
    case Opcode::smart:
    case Opcode::read_dma:
    case Opcode::write_dma:
    case Opcode::standby_immediate:
    case Opcode::idle_immediate:
    case Opcode::standby:
    case Opcode::idle:
    case Opcode::check_power_mode:
    case Opcode::flush_cache:
    case Opcode::flush_cache_ext:
    case Opcode::identify_device:
    case Opcode::set_features:
    case Opcode::read_native_max: return opcode;
  }
  return std::nullopt;
}

}  // namespace aoekit::ata
