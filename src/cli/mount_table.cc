// mountinfo, as proc(5) describes it: fields, a variable number of options, " - ", type, source.
#include "cli/mount_table.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

namespace aoekit::cli {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// The kernel writes blanks and backslashes as \ooo.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace

std::vector<MountEntry> parse_mount_table(std::string_view text) {
  std::vector<MountEntry> table;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string id, parent, device, root, directory, word, type, source;
    if (!(words >> id >> parent >> device >> root >> directory)) continue;
    while (words >> word && word != "-") {
    }
    if (!(words >> type >> source)) continue;
    table.push_back({unescaped(directory), unescaped(type), unescaped(source)});
  }
  return table;
}

Result<std::vector<MountEntry>> read_mount_table() {
  std::ifstream file("/proc/self/mountinfo");
  std::ostringstream text;
  if (!(text << file.rdbuf())) return fail_errno(errno, "cannot read /proc/self/mountinfo");
  return parse_mount_table(text.str());
}

std::optional<MountEntry> find_mount(const std::vector<MountEntry>& table, std::string_view directory) {
  const auto found = std::find_if(table.rbegin(), table.rend(),
                                  [&](const MountEntry& entry) { return entry.directory == directory; });
  if (found == table.rend()) return std::nullopt;
  return *found;
}

bool lies_in(std::string_view path, std::string_view directory) {
  if (!path.starts_with(directory)) return false;
  return directory == "/" || path.size() == directory.size() || path[directory.size()] == '/';
}

}  // namespace aoekit::cli
