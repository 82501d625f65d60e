// Keeping live changes: an export is written to a file of its own in the configuration directory.
#pragma once

#include <string>

#include "base/result.h"
#include "config/config.h"

namespace aoekit::config {

// The export's table as aoed.toml(5) has it: what differs from `defaults`, so that the rest goes on following them.
// Read again under the same defaults and names, it is equal (same()).
std::string to_toml(const ExportConfig& config, const ExportConfig& defaults);

// The file that save_export writes: "/etc/aoekit/aoed.d/e1.2.toml".
std::string saved_file(const Config& files, wire::AoeAddress address);

// `files` is what the files said when they were last read or saved. All functions refuse, naming file, line and what
// to write there, when a file that was written by hand defines the export: rewriting it would lose its comments. Files
// that --save has written begin with a line that says so; they are replaced, atomically and durably.
// may_save: whether save_export would refuse; to be asked before anything is changed. Writes nothing.
Status may_save(const Config& files, const ExportConfig& config);
// The place where the export is defined from now on.
Result<Place> save_export(const Config& files, const ExportConfig& config);

Status may_forget(const Config& files, wire::AoeAddress address);
// Removes the export's file. Nothing to do where no file defines it.
Status forget_export(const Config& files, wire::AoeAddress address);

}  // namespace aoekit::config
