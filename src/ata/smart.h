// The SMART command and its pages, built from what the export has counted itself. Source: ATA8-ACS, 7.53; the layout
// of attributes and thresholds, which the standard leaves to vendors, is the one that every tool reads (SFF-8035i).
#pragma once

#include "ata/task_file.h"

namespace aoekit::ata {

inline constexpr std::size_t kSmartPageBytes = 512;

// Sub-commands in the feature register; LBA mid/high must be 4F/C2. D0 read data, D1 read thresholds, D5 read log
// (0 directory, 1 summary and 2 comprehensive error log, 6 self-test log), D8/D9 enable/disable, DA return status
// (4F/C2 good, F4/2C failing). Refused with ABRT: all others (no self-test could be honest, no log can be written), and
// everything but D8 while disabled.
// Every answer, refusals too, carries 512 bytes (zeros where the sub-command returns none), because aoeping waits for
// them; the commands that return data are refused if a frame cannot hold that much.
Action smart(const wire::AtaBody& request, const TransferLimits& limits, Disk& disk, Instant now, MutableBytes scratch);

// Each writes one page, checksum included. REQUIRES page.size() == 512.
void build_smart_data(const Disk& disk, Instant now, MutableBytes page);
void build_smart_thresholds(MutableBytes page);
void build_smart_log_directory(MutableBytes page);
// The number of failures, and no entries: what exactly failed is in the target's log, not here.
void build_smart_error_log(const DiskHealth& health, MutableBytes page);
void build_smart_self_test_log(MutableBytes page);

// Whether an attribute that predicts failure has reached its threshold.
bool is_failing(const DiskHealth& health);

}  // namespace aoekit::ata
