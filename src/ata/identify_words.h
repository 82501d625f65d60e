// Where things are in the IDENTIFY DEVICE page: word numbers and bits that both its writer and its reader name.
// Source: ATA8-ACS, 7.16; words 69, 105 and 169 from ACS-2.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aoekit::ata::word {

inline constexpr std::size_t kGeneral = 0;
inline constexpr std::size_t kDefaultCylinders = 1, kDefaultHeads = 3, kDefaultSectors = 6;
inline constexpr std::size_t kSpecificConfiguration = 2;
inline constexpr std::size_t kSerial = 10, kSerialWords = 10;
inline constexpr std::size_t kFirmware = 23, kFirmwareWords = 4;
inline constexpr std::size_t kModel = 27, kModelWords = 20;
inline constexpr std::size_t kMultiple = 47;
inline constexpr std::size_t kCapabilities = 49, kCapabilities2 = 50;
inline constexpr std::size_t kValidity = 53;
inline constexpr std::size_t kCylinders = 54, kHeads = 55, kSectors = 56, kChsCapacity = 57;  // capacity: 2 words
inline constexpr std::size_t kLba28Size = 60;                                                 // 2 words
inline constexpr std::size_t kMultiwordDma = 63, kPio = 64;
inline constexpr std::size_t kCycleTimes = 65, kCycleTimeWords = 4;
inline constexpr std::size_t kAdditional = 69;
inline constexpr std::size_t kMajorVersions = 80, kMinorVersion = 81;
inline constexpr std::size_t kSupported82 = 82, kSupported83 = 83, kSupported84 = 84;
inline constexpr std::size_t kEnabled85 = 85, kEnabled86 = 86, kEnabled87 = 87;
inline constexpr std::size_t kUltraDma = 88;
inline constexpr std::size_t kResetResult = 93;
inline constexpr std::size_t kLba48Size = 100;  // 4 words
inline constexpr std::size_t kTrimBlocks = 105;
inline constexpr std::size_t kSectorSize = 106;
inline constexpr std::size_t kLogicalSectorWords = 117;  // 2 words
inline constexpr std::size_t kDataSetManagement = 169;
inline constexpr std::size_t kAlignment = 209;
inline constexpr std::size_t kRotationRate = 217;
inline constexpr std::size_t kIntegrity = 255;

// Bits 15-14 of words that tell so: 01 means that the word says something.
inline constexpr std::uint16_t kWordValidMask = 0xc000;
inline constexpr std::uint16_t kWordValid = 0x4000;

inline constexpr std::uint16_t kCapabilityDma = 0x0100, kCapabilityLba = 0x0200;     // 49
inline constexpr std::uint16_t kCapabilityIordy = 0x0800, kIordyMayBeOff = 0x0400;   // 49
inline constexpr std::uint16_t kChsValid = 0x0001, kTimingsValid = 0x0002, kUltraDmaValid = 0x0004;  // 53
inline constexpr std::uint16_t kTrimDeterministic = 0x4000, kTrimReadsZero = 0x0020;  // 69
inline constexpr std::uint16_t kSmart = 0x0001, kPowerManagement = 0x0008;            // 82, 85
inline constexpr std::uint16_t kWriteCache = 0x0020, kLookAhead = 0x0040;             // 82, 85
inline constexpr std::uint16_t kLba48 = 0x0400;                                       // 83, 86
inline constexpr std::uint16_t kFlush = 0x1000, kFlushExt = 0x2000;                   // 83, 86
inline constexpr std::uint16_t kFua = 0x0040;                                         // 84, 87
inline constexpr std::uint16_t kMultipleLogicalSectors = 0x2000;                      // 106
inline constexpr std::uint16_t kLongLogicalSectors = 0x1000;                          // 106
inline constexpr std::uint16_t kSectorExponentMask = 0x000f;                          // 106
inline constexpr std::uint16_t kTrim = 0x0001;                                        // 169
inline constexpr std::uint16_t kNonRotating = 1;                                      // 217
inline constexpr std::uint8_t kIntegritySignature = 0xa5;                             // 255, low byte

}  // namespace aoekit::ata::word
