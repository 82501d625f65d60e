// What is mounted, as this process sees it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aoekit::cli {

struct MountEntry {
  std::string directory;
  std::string type;    // "ext4", "fuse.aoefuse"
  std::string source;  // "/dev/loop0"
};

// The lines of /proc/self/mountinfo; what is not such a line is left out. Later entries lie on top of earlier ones.
std::vector<MountEntry> parse_mount_table(std::string_view text);
Result<std::vector<MountEntry>> read_mount_table();
// The uppermost mount on this directory (an absolute path without links).
std::optional<MountEntry> find_mount(const std::vector<MountEntry>& table, std::string_view directory);

// Whether `path` is `directory` or lies below it.
bool lies_in(std::string_view path, std::string_view directory);

}  // namespace aoekit::cli
