// aoe-discover, aoe-flush, aoe-revalidate: each tells the driver one thing.
#include <algorithm>

#include "aoetools/control.h"
#include "aoetools/disks.h"
#include "aoetools/files.h"
#include "aoetools/say.h"
#include "aoetools/tool.h"

namespace aoekit::aoetools {
namespace {

// Writes and says why if that fails.
bool tell(const Invocation& invocation, const Places& places, const std::string& control, std::string_view bytes) {
  const Status status = write_once(places.control(control), bytes);
  if (!status) say("{}: {}", invocation.name, status.error().message);
  return status.has_value();
}

int flush_all(const Invocation& invocation, const Places& places) {
  if (tell(invocation, places, "flush", "all")) return kExitOk;
  say("{}: flush failed", invocation.name);
  return kExitFailed;
}

int flush_named(const Invocation& invocation, const Places& places) {
  const std::string& told = invocation.environment.sysfs_dir;
  const auto disks = read_disks((told.empty() ? places.sysfs : told) + "/block");
  bool all_known = true;
  for (std::size_t i = 0; i < invocation.count(); ++i) {
    const std::string name = invocation.argument(i);
    const bool known = std::any_of(disks.begin(), disks.end(), [&](const auto& disk) { return disk.name == name; });
    // To standard output, as ever.
    if (!known) put(fmt::format("{} Error: \"{}\" is not an aoe device\n", invocation.name, name));
    all_known = all_known && known;
  }
  if (!all_known) return kExitFailed;
  for (std::size_t i = 0; i < invocation.count(); ++i) {
    if (tell(invocation, places, "flush", flush_command(invocation.argument(i)))) continue;
    say("{}: flush failed", invocation.name);
    return kExitFailed;
  }
  return kExitOk;
}

}  // namespace

int run_discover(const Invocation& invocation) {
  const Places places = find_places(invocation.environment);
  if (!check_control(invocation.name, places, "discover")) return kExitFailed;
  return tell(invocation, places, "discover", "\n") ? kExitOk : kExitFailed;
}

int run_flush(const Invocation& invocation) {
  const Places places = find_places(invocation.environment);
  if (!check_control(invocation.name, places, "flush")) return kExitFailed;
  if (invocation.count() == 0) return tell(invocation, places, "flush", "\n") ? kExitOk : kExitFailed;
  return invocation.argument(0) == "-a" ? flush_all(invocation, places) : flush_named(invocation, places);
}

int run_revalidate(const Invocation& invocation) {
  if (invocation.count() == 0) {
    say("Usage: {} e{{major}}.{{minor}}", invocation.name);
    return kExitFailed;
  }
  const Places places = find_places(invocation.environment);
  if (!check_control(invocation.name, places, "revalidate")) return kExitFailed;
  for (std::size_t i = 0; i < invocation.count(); ++i) {
    if (tell(invocation, places, "revalidate", invocation.argument(i) + "\n")) continue;
    say("{}: revalidate failed", invocation.name);
    return kExitFailed;
  }
  return kExitOk;
}

}  // namespace aoekit::aoetools
