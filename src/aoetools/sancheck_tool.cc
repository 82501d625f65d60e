// aoe-sancheck: which targets are there, over which paths, and which frame sizes get through.
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "aoetools/sancheck_probe.h"
#include "aoetools/sancheck_report.h"
#include "aoetools/say.h"
#include "aoetools/tool.h"
#include "aoetools/wire_link.h"

namespace aoekit::aoetools {
namespace {

int check(std::string_view tool, std::vector<SanInterface> interfaces, bool verbose) {
  put("Probing...");
  static_cast<void>(std::fflush(stdout));
  std::vector<std::optional<WireLink>> links;
  std::size_t forbidden = 0;
  for (const SanInterface& interface : interfaces) {
    links.emplace_back();
    auto link = WireLink::open(interface.name);
    if (link) {
      links.back() = std::move(*link);
    } else {
      forbidden += link.error().os_error == EPERM ? 1 : 0;
      const bool down = link.error().os_error == ENETDOWN;
      say("skipping {}, discover failure: {}", interface.name, down ? std::strerror(ENETDOWN) : link.error().message);
    }
  }
  if (forbidden > 0 && forbidden == interfaces.size()) {
    put("failed.\n");
    say("{} Error: no interface may be used", tool);
    return kExitFailed;
  }
  std::vector<SanPath> paths = find_paths(links);
  for (SanPath& path : paths) path.measured_sectors = measure_path(*links[path.interface], path);
  put("done.\n" + sancheck_report(interfaces, paths));
  if (verbose) put(sancheck_paths(interfaces, std::move(paths)));
  return kExitOk;
}

}  // namespace

int run_sancheck(const Invocation& invocation) {
  bool verbose = false;
  for (std::size_t i = 0; i < invocation.count(); ++i) {
    if (invocation.argument(i) != "-v") {
      say("{} Error: \"{}\" is not an option", invocation.name, invocation.argument(i));
      say("usage: {} [-v]", invocation.name);
      return kExitFailed;
    }
    verbose = true;
  }
  auto interfaces = san_interfaces();
  if (!interfaces) {
    say("{} Error: {}", invocation.name, interfaces.error().message);
    return kExitFailed;
  }
  return check(invocation.name, std::move(*interfaces), verbose);
}

}  // namespace aoekit::aoetools
