// aoe-version: which aoetools, and which driver is installed and which is running.
#include <array>
#include <cstdio>
#include <memory>

#include "aoetools/files.h"
#include "aoetools/say.h"
#include "aoetools/tool.h"
#include "aoetools/version_format.h"

namespace aoekit::aoetools {
namespace {

// What modinfo says of the aoe module; empty if there is neither.
std::string modinfo() {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      ::popen("PATH=$PATH:/usr/sbin:/sbin modinfo aoe 2>/dev/null", "r"), &::pclose);
  std::string output;
  std::array<char, 4096> block{};
  while (pipe != nullptr) {
    const std::size_t got = std::fread(block.data(), 1, block.size(), pipe.get());
    if (got == 0) break;
    output.append(block.data(), got);
  }
  return output;
}

}  // namespace

int run_version(const Invocation& invocation) {
  const Places places = find_places(invocation.environment);
  put(version_text(installed_version(modinfo()), places.driver, read_value(places.module() + "/version")));
  return kExitOk;
}

}  // namespace aoekit::aoetools
