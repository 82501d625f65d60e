// aoed: many exports in one daemon.
#include <fmt/core.h>

#include <cstdio>

#include "base/log.h"
#include "daemon/aoed.h"

int main(int argc, char** argv) {
  using namespace aoekit;
  const auto parsed = daemon::parse_aoed_options(argc, argv);
  if (!parsed) {
    fmt::print(stderr, "aoed: {}\n", parsed.error().message);
    return 1;
  }
  if (const auto* text = std::get_if<daemon::PrintAndLeave>(&*parsed)) {
    fmt::print("{}", text->text);
    return 0;
  }
  const auto& options = std::get<daemon::AoedOptions>(*parsed);
  if (options.task == daemon::Task::check) return daemon::check_aoed_config(options) ? 0 : 1;
  set_log_name("aoed");
  if (const Status status = daemon::run_aoed(options); !status) {
    log(LogLevel::error, "{}", status.error().message);
    return 1;
  }
  return 0;
}
