// From what the administrator said of an export, and what its disk is, to what the target core and the backend are told.
#pragma once

#include <vector>

#include "backend/opened_file.h"
#include "block/block_device.h"
#include "config/config.h"
#include "target/export.h"

namespace aoekit::daemon {

backend::FileDeviceOptions disk_options_of(const config::ExportConfig& config);

target::ExportOptions export_options_of(const config::ExportConfig& config, const block::DeviceInfo& info);

// Whether an export that is served as `before` must get a disk opened anew to be served as `after`; all else changes live.
bool needs_new_disk(const config::ExportConfig& before, const config::ExportConfig& after);

}  // namespace aoekit::daemon
