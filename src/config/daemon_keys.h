// The keys at the top of the main file: those of the daemon itself.
#pragma once

#include "config/config.h"
#include "config/table_reader.h"

namespace aoekit::config {

inline constexpr std::uint32_t kThreadsMax = 256;
inline constexpr Duration kBusyWaitMax = std::chrono::milliseconds(10);

// Reads them; does not finish() the table.
void read_daemon(TableReader& table, DaemonConfig& daemon);
// In a file of the directory: says of each that it belongs into the main file.
void refuse_daemon_keys(TableReader& table, std::string_view main_file);

// In an export's table or [defaults]: the most frequent slip with TOML, a key of the top below the first [table].
void misplace_daemon_keys(TableReader& table);

}  // namespace aoekit::config
