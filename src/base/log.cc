// Writes each message with one write(2), so that lines of several threads do not mix.
#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

namespace aoekit {
namespace {

struct LogState {
  std::atomic<LogLevel> threshold = LogLevel::info;
  std::atomic<std::uint64_t> warnings = 0;
  std::string name;
  bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
};

LogState& state() {
  static LogState log_state;
  return log_state;
}

}  // namespace

void set_log_level(LogLevel level) { state().threshold = level; }
void set_log_name(std::string_view name) { state().name = std::string(name) + ": "; }

void log_line(LogLevel level, std::string_view message) {
  LogState& log_state = state();
  if (level <= LogLevel::warning) ++log_state.warnings;
  if (level > log_state.threshold) return;
  std::string line;
  if (log_state.journal) line += fmt::format("<{}>", static_cast<int>(level));
  line += log_state.name;
  line += message;
  line += '\n';
  // A log line that cannot be written has nowhere to be reported.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::uint64_t warnings_logged() { return state().warnings; }

}  // namespace aoekit
