// Reading the block directories that the kernel's driver and aoefuse fill alike.
#include "cli/local_use.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace aoekit::cli {
namespace {

constexpr std::string_view kPrefix = "etherd!";

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "\040" and the like, as mount tables escape blanks.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() &&
                       text.substr(i + 1, 3).find_first_not_of("01234567") == std::string_view::npos;
    if (!octal) {
      out += text[i];
      continue;
    }
    out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return out;
}

void add_disks(const std::string& client, const std::string& block, LocalUses& uses) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(block, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(kPrefix) || name.find('p') != std::string::npos) continue;
    std::string state = read_text(at->path().string() + "/state");
    state.erase(state.find_last_not_of('\n') + 1);
    uses[name.substr(kPrefix.size())].push_back({client, state.empty() ? "?" : state});
  }
}

}  // namespace

std::vector<std::string> aoefuse_mounts(std::string_view mounts) {
  std::vector<std::string> directories;
  while (!mounts.empty()) {
    const std::string_view line = mounts.substr(0, mounts.find('\n'));
    mounts.remove_prefix(std::min(mounts.size(), line.size() + 1));
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos) continue;
    if (!line.substr(second + 1).starts_with("fuse.aoefuse ")) continue;
    directories.push_back(unescape(line.substr(first + 1, second - first - 1)));
  }
  return directories;
}

LocalUses find_local_uses() {
  LocalUses uses;
  add_disks("kernel", "/sys/block", uses);
  for (const std::string& directory : aoefuse_mounts(read_text("/proc/self/mounts"))) {
    add_disks("aoefuse " + directory, directory + "/.sys/block", uses);
  }
  return uses;
}

}  // namespace aoekit::cli
