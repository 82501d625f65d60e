// DATA SET MANAGEMENT with the TRIM bit: ranges that the client no longer needs. Source: ACS-2, 7.10.
#pragma once

#include "ata/task_file.h"

namespace aoekit::ata {

// Blocks of 512 bytes in one command, as word 105 of the IDENTIFY page advertises: one fits every frame.
inline constexpr std::uint16_t kTrimBlocksMax = 1;
inline constexpr std::size_t kTrimEntryBytes = 8;

// Whether the disk takes TRIM at all, from a station with that access.
bool offers_trim(const DiskIdentity& identity, Access access);

// Refused with ABRT: a disk that does not trim (or is read-only), feature bits other than TRIM, another count than one
// block, less data than that. With IDNF: any range outside the disk, before anything is done to the others.
Action plan_trim(const wire::AtaBody& request, const TransferLimits& limits, Disk& disk);

}  // namespace aoekit::ata
