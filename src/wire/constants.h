// The numbers of the AoE protocol (AoEr11). Twin of the byte tables in docs/protocol.md: change both or neither.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/units.h"

namespace aoekit::wire {

inline constexpr std::uint16_t kEtherType = 0x88a2;
inline constexpr std::uint8_t kVersion = 1;

// Byte 14 of a frame: version in the high nibble, these flags in the low one (docs/protocol.md, "Common header").
inline constexpr std::uint8_t kFlagResponse = 0x08;
inline constexpr std::uint8_t kFlagError = 0x04;

// Wildcards; each stands on its own.
inline constexpr std::uint16_t kShelfBroadcast = 0xffff;
inline constexpr std::uint8_t kSlotBroadcast = 0xff;

// Sizes of whole frames, Ethernet header included, frame check sequence excluded.
inline constexpr std::size_t kEthernetHeaderBytes = 14;
inline constexpr std::size_t kHeaderBytes = 24;
inline constexpr std::size_t kAtaHeaderBytes = 36;
inline constexpr std::size_t kConfigHeaderBytes = 32;
inline constexpr std::size_t kMaskHeaderBytes = 28;
inline constexpr std::size_t kReserveHeaderBytes = 26;
inline constexpr std::size_t kMinFrameBytes = 60;  // every sent frame is zero-padded to this
static_assert(kAtaHeaderBytes == kHeaderBytes + 12 && kConfigHeaderBytes == kHeaderBytes + 8);
static_assert(kMaskHeaderBytes == kHeaderBytes + 4 && kReserveHeaderBytes == kHeaderBytes + 2);

inline constexpr std::size_t kConfigStringBytesMax = 1024;
inline constexpr std::size_t kMaskEntriesMax = 255;
inline constexpr std::size_t kReserveEntriesMax = 255;
inline constexpr std::size_t kMaskDirectiveBytes = 8;
inline constexpr std::size_t kMacBytes = 6;

// The sector count of a request is one byte.
inline constexpr std::uint32_t kSectorsPerFrameMax = 255;
inline constexpr std::size_t kFrameBytesMax = kAtaHeaderBytes + kSectorsPerFrameMax * kSectorBytes;

// What a target advertises for an interface: as Linux computes it, the Ethernet header counted against the MTU.
constexpr std::uint32_t sectors_advertised(std::uint32_t mtu_bytes) {
  const std::uint32_t sectors = mtu_bytes < kAtaHeaderBytes ? 0 : (mtu_bytes - 36) / kSectorBytes;
  return sectors < kSectorsPerFrameMax ? sectors : kSectorsPerFrameMax;
}
// What really fits a frame of that interface: the MTU excludes the Ethernet header (WinVBlock computes this one).
constexpr std::uint32_t sectors_that_fit(std::uint32_t mtu_bytes) {
  const std::uint32_t sectors = mtu_bytes < 22 ? 0 : (mtu_bytes - 22) / kSectorBytes;
  return sectors < kSectorsPerFrameMax ? sectors : kSectorsPerFrameMax;
}
static_assert(sectors_advertised(1500) == 2 && sectors_advertised(9000) == 17 && sectors_advertised(65536) == 127);

// Byte 19.
enum class Command : std::uint8_t { ata = 0, config = 1, mask = 2, reserve = 3 };

// Byte 15 of a response with kFlagError.
enum class AoeError : std::uint8_t {
  unrecognized_command = 1,
  bad_argument = 2,
  device_unavailable = 3,
  config_string_present = 4,
  unsupported_version = 5,
  target_reserved = 6,
};

// Command 0: aflags.
inline constexpr std::uint8_t kAtaFlagExtended = 0x40;  // E: 48-bit command
inline constexpr std::uint8_t kAtaFlagDevHead = 0x10;   // D: device/head bit 4
inline constexpr std::uint8_t kAtaFlagAsync = 0x02;     // A: asynchronous write allowed
inline constexpr std::uint8_t kAtaFlagWrite = 0x01;     // W: data goes to the device

// Command 1.
enum class ConfigOp : std::uint8_t { read = 0, test = 1, test_prefix = 2, set = 3, force_set = 4 };

// Command 2.
enum class MaskOp : std::uint8_t { read = 0, edit = 1 };
enum class MaskDirective : std::uint8_t { none = 0, add = 1, remove = 2 };
enum class MaskError : std::uint8_t { ok = 0, unspecified = 1, bad_directive = 2, list_full = 3 };

// Command 3.
enum class ReserveOp : std::uint8_t { read = 0, set = 1, force_set = 2 };

}  // namespace aoekit::wire
