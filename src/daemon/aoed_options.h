// The command line of aoed.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/log.h"
#include "base/result.h"
#include "daemon/vblade_options.h"

namespace aoekit::daemon {

enum class Task : std::uint8_t { serve, check };
enum class Filter : std::uint8_t { system_calls, nothing };

struct AoedOptions {
  std::string config_file;                // default: config::kDefaultFile
  Task task = Task::serve;                // --check
  std::optional<LogLevel> log_level;      // instead of the file's
  Filter filter = Filter::system_calls;   // --no-seccomp
};

// "error" to "debug".
Result<LogLevel> parse_log_level(const std::string& name);

// What the command line asks for, or what is wrong with it. argv[0] is the program's name.
Result<std::variant<AoedOptions, PrintAndLeave>> parse_aoed_options(int argc, const char* const* argv);

}  // namespace aoekit::daemon
