// aoe-stat: the AoE disks of this machine, one line each.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>

#include "aoetools/disks.h"
#include "aoetools/say.h"
#include "aoetools/tool.h"

namespace aoekit::aoetools {
namespace {

// With static device nodes (aoe-mkdevs) a node can belong to another disk than its name says.
void warn_of_wrong_node(const Invocation& invocation, const Places& places, const DiskFacts& disk) {
  const std::string node = places.control(disk.name);
  struct stat facts {};
  if (::stat(node.c_str(), &facts) != 0 || !S_ISBLK(facts.st_mode)) return;
  const auto minor = minor_of(disk.dev);
  if (minor && *minor != gnu_dev_minor(facts.st_rdev)) {
    say("{} Warning: device node {} has wrong minor device number", invocation.name, node);
  }
}

}  // namespace

int run_stat(const Invocation& invocation) {
  const std::string regex = invocation.count() > 0 ? invocation.argument(0) : ".";
  if (regex.size() > 1 && regex[0] == '-') {
    say("{} Error: {} is neither an option nor a pattern (see: {} --help)", invocation.name, regex, invocation.name);
    return kExitRegex;
  }
  Places places = find_places(invocation.environment);
  const bool told_where = !invocation.environment.sysfs_dir.empty();
  if (told_where) places.sysfs = invocation.environment.sysfs_dir;
  std::error_code ignored;
  if (!std::filesystem::is_directory(places.block(), ignored)) {
    say("{} Error: sysfs is not mounted", invocation.name);
    return kExitFailed;
  }
  if (places.driver == Driver::none && !told_where) {
    say("{}: no AoE disks here: neither the kernel's aoe driver is loaded (modprobe aoe) nor aoefuse mounted on {}",
        invocation.name, places.etherd);
    return kExitFailed;
  }
  const std::vector<DiskFacts> disks = read_disks(places.block());
  for (const DiskFacts& disk : disks) warn_of_wrong_node(invocation, places, disk);
  const auto lines = matching(stat_lines(disks), regex);
  if (!lines) {
    say("{} Error: {}", invocation.name, lines.error().message);
    return kExitRegex;
  }
  for (const std::string& line : *lines) put(line + "\n");
  return lines->empty() ? kExitFailed : kExitOk;
}

}  // namespace aoekit::aoetools
