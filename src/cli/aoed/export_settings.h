// The options with which `aoe export add` and `set` say what an export is to be, each a key of aoed.toml(5).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/json.h"

namespace CLI {
class App;
}

namespace aoekit::cli {

// What was given on the command line. Values are as typed: aoed checks them, and says what is wrong.
struct SettingsOptions {
  std::map<std::string, std::string> texts;                // by key, e.g. "durability"; "limit.bytes" is within "limit"
  std::map<std::string, std::vector<std::string>> lists;   // "interfaces", "allow", ...
  std::map<std::string, std::uint64_t> numbers;            // "buffers", "limit.requests", ...
  std::optional<bool> read_only;
  std::vector<std::string> defaults;                       // keys that are to have their default again
};

// All but the path. `for_set` adds those that only make sense for an export that is there.
enum class SettingsFor : std::uint8_t { add, set };
void add_settings_options(CLI::App& app, SettingsOptions& options, SettingsFor purpose);

// The settings object of export.add and export.set.
control::Json settings_json(const SettingsOptions& options);

}  // namespace aoekit::cli
