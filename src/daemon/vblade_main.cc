// vblade: drop-in for vblade 25.
#include <fmt/core.h>

#include <cstdio>

#include "base/log.h"
#include "daemon/vblade.h"

int main(int argc, char** argv) {
  using namespace aoekit;
  const auto parsed = daemon::parse_vblade_options(argc, argv);
  if (!parsed) {
    fmt::print(stderr, "vblade: {}\n", parsed.error().message);
    return 1;
  }
  if (const auto* text = std::get_if<daemon::PrintAndLeave>(&*parsed)) {
    fmt::print("{}", text->text);
    return 0;
  }
  set_log_name("vblade");
  if (const Status status = daemon::run_vblade(std::get<daemon::VbladeOptions>(*parsed)); !status) {
    log(LogLevel::error, "{}", status.error().message);
    return 1;
  }
  return 0;
}
