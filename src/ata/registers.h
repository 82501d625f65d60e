// The ATA numbers that AoE carries: opcodes, status and error bits. Source: ATA8-ACS.
#pragma once

#include <cstdint>
#include <optional>

namespace aoekit::ata {

enum class Opcode : std::uint8_t {
  data_set_management = 0x06,
  read_sectors = 0x20,
  read_sectors_ext = 0x24,
  read_dma_ext = 0x25,
  read_native_max_ext = 0x27,
  write_sectors = 0x30,
  write_sectors_ext = 0x34,
  write_dma_ext = 0x35,
  write_dma_fua_ext = 0x3d,
  read_verify = 0x40,
  read_verify_ext = 0x42,
  smart = 0xb0,
  read_dma = 0xc8,
  write_dma = 0xca,
  standby_immediate = 0xe0,
  idle_immediate = 0xe1,
  standby = 0xe2,
  idle = 0xe3,
  check_power_mode = 0xe5,
  flush_cache = 0xe7,
  flush_cache_ext = 0xea,
  identify_device = 0xec,
  set_features = 0xef,
  read_native_max = 0xf8,
};

// The checked conversion from the command register; nothing for an opcode that we do not serve.
std::optional<Opcode> opcode_from(std::uint8_t value);

// Status register.
inline constexpr std::uint8_t kStatusBusy = 0x80;
inline constexpr std::uint8_t kStatusReady = 0x40;  // DRDY; alone it means success
inline constexpr std::uint8_t kStatusFault = 0x20;  // DF
inline constexpr std::uint8_t kStatusError = 0x01;  // ERR

// Error register, valid with kStatusError.
inline constexpr std::uint8_t kErrorUncorrectable = 0x40;   // UNC, on reads
inline constexpr std::uint8_t kErrorWriteProtected = 0x40;  // WP, the same bit on writes
inline constexpr std::uint8_t kErrorIdNotFound = 0x10;
inline constexpr std::uint8_t kErrorAbort = 0x04;

}  // namespace aoekit::ata
