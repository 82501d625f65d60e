// Which disks root may open: those that nobody else can have named, or put where they are.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"

namespace aoekit::daemon {

// Why others than root may decide what is opened for the export, as a sentence: its file in `config`, a directory or the
// target of a link on the way to its disk is in their hands. Nothing: only root decides. Who the disk itself belongs to
// does not matter. Blocks on the disk.
std::optional<std::string> others_decide(const config::Config& config, const config::ExportConfig& exported);

}  // namespace aoekit::daemon
