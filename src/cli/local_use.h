// Which clients of this very machine have an AoE disk: the kernel's driver, and aoefuse file systems.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aoekit::cli {

// One client that has the disk.
struct LocalUse {
  std::string client;  // "kernel", or "aoefuse DIR"
  std::string state;   // as it says itself: "up", "down,closewait"; "?" if it does not
  bool operator==(const LocalUse&) const = default;
};

// By the disk's name, "e1.2".
using LocalUses = std::map<std::string, std::vector<LocalUse>>;

// Mount points of aoefuse in the text of /proc/self/mounts.
std::vector<std::string> aoefuse_mounts(std::string_view mounts);
// Asks sysfs and every aoefuse. What cannot be read is not there.
LocalUses find_local_uses();

}  // namespace aoekit::cli
