// The keys of an export's table, and those of [defaults]: read, and back to what they were.
#pragma once

#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/names.h"
#include "config/table_reader.h"

namespace aoekit::config {

inline constexpr std::size_t kSerialBytesMax = 20;       // what IDENTIFY has room for
inline constexpr std::size_t kModelBytesMax = 40;
inline constexpr std::size_t kDescriptionBytesMax = 256;
inline constexpr std::size_t kPathBytesMax = 4095;
inline constexpr std::size_t kInterfacesMax = 64;
inline constexpr std::size_t kStationsMax = 4096;        // of one list

// [defaults]: the keys that all exports share.
void read_defaults(TableReader& table, const NameScope& scope, ExportConfig& defaults);
// All keys of an export but its address; `config` has the values that hold where nothing is said.
void read_export(TableReader& table, const NameScope& scope, ExportConfig& config);
// Puts the named keys of an export back to the defaults; "limit.bytes" is one, too. Unknown ones are said.
void reset_keys(const std::vector<std::string>& keys, const ExportConfig& defaults, TableReader& table,
                ExportConfig& config);

// Names or shell patterns of interfaces: at least one, no duplicates. For the daemon's own key, too.
std::optional<std::vector<std::string>> read_interfaces(TableReader& table);
// An absolute path without "..".
std::optional<std::string> read_path(TableReader& table, std::string_view key);

}  // namespace aoekit::config
