// aoefuse: /dev/etherd without the kernel's driver.
#include <fmt/core.h>

#include <cstdio>

#include "base/log.h"
#include "frontend/fuse/aoefuse.h"
#include "frontend/fuse/background.h"

int main(int argc, char** argv) {
  using namespace aoekit;
  const auto parsed = fuse::parse_options(argc, argv);
  if (!parsed) {
    fmt::print(stderr, "aoefuse: {}\n", parsed.error().message);
    return 2;
  }
  if (const auto* text = std::get_if<fuse::PrintAndLeave>(&*parsed)) {
    fmt::print("{}", text->text);
    return 0;
  }
  set_log_name("aoefuse");
  if (const Status status = fuse::run_aoefuse(std::get<fuse::Options>(*parsed)); !status) {
    fuse::announce(LogLevel::error, status.error().message);
    return 1;
  }
  return 0;
}
