// Messages for people on stderr, one line each, with a level that journald understands.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace aoekit {

// Values are syslog's, so that "<N>" prefixes mean the same to journald.
enum class LogLevel : int { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

// The least important level that is still written (default: info). Any thread.
void set_log_level(LogLevel level);
// Text before each line, e.g. "vblade: ". Call before any thread is started. Under systemd (JOURNAL_STREAM set) the level prefix replaces nothing else.
void set_log_name(std::string_view name);
void log_line(LogLevel level, std::string_view message);
// Warnings and errors since the start of the process, written or not. Any thread.
std::uint64_t warnings_logged();

template <class... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  log_line(level, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace aoekit
