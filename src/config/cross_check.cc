// Overlaps are found by path, so that ten thousand exports take no time.
#include "config/cross_check.h"

#include <fmt/core.h>

#include <filesystem>
#include <limits>
#include <unordered_map>

#include "config/quantity.h"

namespace aoekit::config {
namespace {

// Symbolic links are for the daemon, which opens the disks; "/dev//sdb" and "/dev/sdb" are the same here already.
std::string normal(const std::string& path) { return std::filesystem::path(path).lexically_normal().string(); }

std::uint64_t end_of(const ExportConfig& one) {
  return one.length ? one.first_sector.count + one.length->count : std::numeric_limits<std::uint64_t>::max();
}

bool overlap(const ExportConfig& a, const ExportConfig& b) {
  return a.first_sector.count < end_of(b) && b.first_sector.count < end_of(a);
}

bool is_whole(const ExportConfig& one) { return one.first_sector.count == 0 && !one.length; }

std::string window(const ExportConfig& one) {
  const std::string end = one.length ? fmt::format("{}", end_of(one) - 1) : "the end";
  return fmt::format("sectors {} to {}", one.first_sector.count, end);
}

std::string named(const ExportConfig& one) {
  const std::string place = one.place.to_string();
  return place.empty() ? one.address.to_string() : fmt::format("{} ({})", one.address.to_string(), place);
}

void compare(const ExportConfig& earlier, const ExportConfig& later, Problems& problems) {
  if (earlier.address == later.address || !overlap(earlier, later)) return;
  if (earlier.read_only && later.read_only) return;
  const bool both_whole = is_whole(earlier) && is_whole(later);
  const std::string what =
      both_whole ? fmt::format("{} and {} export the same {}", later.address.to_string(), named(earlier), later.path)
                 : fmt::format("{} ({}) and {} ({}) overlap on {}", later.address.to_string(), window(later),
                               named(earlier), window(earlier), later.path);
  if (earlier.read_only || later.read_only) {
    const ExportConfig& reader = earlier.read_only ? earlier : later;
    problems.push_back({Severity::warning, later.place, what + ", one of them read-write",
                        fmt::format("clients of {} see data change under them: give it a snapshot",
                                    reader.address.to_string())});
  } else if (!earlier.force && !later.force) {
    problems.push_back({Severity::error, later.place, what + ", both read-write",
                        both_whole ? "use one address for all clients, or set read_only = true in one"
                                   : "correct offset or length, or set read_only = true in one"});
  }
}

}  // namespace

void check_overlaps(const std::vector<ExportConfig>& exports, Problems& problems) {
  std::unordered_map<std::string, std::vector<const ExportConfig*>> by_path;
  for (const ExportConfig& one : exports) {
    if (one.path.empty()) continue;  // which was said
    auto& same_path = by_path[normal(one.path)];
    // The many windows of one disk are compared with each other: a thousand take a million comparisons, a millisecond.
    for (const ExportConfig* earlier : same_path) compare(*earlier, one, problems);
    same_path.push_back(&one);
  }
}

void check_overlaps_of(const ExportConfig& one, const std::vector<ExportConfig>& others, Problems& problems) {
  if (one.path.empty()) return;
  const std::string path = normal(one.path);
  for (const ExportConfig& other : others) {
    if (other.path == one.path || normal(other.path) == path) compare(other, one, problems);
  }
}

}  // namespace aoekit::config
