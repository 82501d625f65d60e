// What all commands need of a task file: its sector address in either width, and the plain answers to it.
#pragma once

#include <cstdint>

#include "ata/interpret.h"
#include "wire/frame.h"

namespace aoekit::ata {

// How many address bits an opcode takes. The opcode alone decides: the frame's E flag is wrong in some clients (WinAoE
// sets it for IDENTIFY) and is not looked at.
enum class AddressWidth : std::uint8_t { lba28, lba48 };

// The largest sector address and the largest disk that 28-bit commands know (ATA8-ACS, 7.16, words 60-61).
inline constexpr std::uint64_t kLba28Max = 0x0fffffff;

// With lba28 the high nibble of the fourth byte is the device register's and does not count.
Lba lba_of(const wire::AtaBody& request, AddressWidth width);

// Success: the request's LBA registers, count 0, no error.
ResponseRegisters success(const wire::AtaBody& request);
// Failure with these status and error bits: the request's LBA registers and, nothing having been done, its count.
ResponseRegisters failure(const wire::AtaBody& request, std::uint8_t status, std::uint8_t error);
// The Immediate that refuses a request for its own fault, and counts it in the disk's health.
Immediate refuse(const wire::AtaBody& request, std::uint8_t error, Disk& disk);

}  // namespace aoekit::ata
