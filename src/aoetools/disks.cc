// Walking sysfs's block/.
#include "aoetools/disks.h"

#include <filesystem>
#include <system_error>

#include "aoetools/files.h"

namespace aoekit::aoetools {

std::vector<DiskFacts> read_disks(const std::string& block_directory) {
  std::vector<DiskFacts> disks;
  std::error_code error;  // a disk that goes away meanwhile, or all of sysfs, is not there
  for (std::filesystem::directory_iterator at(block_directory, error), end; !error && at != end; at.increment(error)) {
    const std::string path = at->path().string();
    if (!is_aoe_disk(at->path().filename().string())) continue;
    disks.push_back({.name = disk_name(path),
                     .dev = read_value(path + "/dev"),
                     .size = read_value(path + "/size"),
                     .netif = read_value(path + "/netif"),
                     .state = read_value(path + "/state"),
                     .payload = read_value(path + "/payload")});
  }
  return disks;
}

}  // namespace aoekit::aoetools
