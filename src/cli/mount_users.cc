// Reads links of /proc only; nothing is opened in the file system itself, which may not answer.
#include "cli/mount_users.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/mount_table.h"

namespace aoekit::cli {
namespace {

namespace fs = std::filesystem;

bool link_lies_in(const fs::path& link, std::string_view directory) {
  std::error_code error;
  const fs::path target = fs::read_symlink(link, error);
  return !error && lies_in(target.string(), directory);
}

bool maps_file_of(const fs::path& process, std::string_view directory) {
  std::ifstream maps(process / "maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (path != std::string::npos && lies_in(std::string_view(line).substr(path), directory)) return true;
  }
  return false;
}

bool uses(const fs::path& process, std::string_view directory) {
  if (link_lies_in(process / "cwd", directory) || link_lies_in(process / "root", directory)) return true;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(process / "fd", error)) {
    if (link_lies_in(file.path(), directory)) return true;
  }
  return maps_file_of(process, directory);
}

std::string command_of(const fs::path& process) {
  std::string name = "?";
  std::ifstream file(process / "comm");
  std::getline(file, name);
  return name;
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::vector<std::string> users_of_mount(std::string_view directory, std::size_t max) {
  std::vector<std::string> users;
  if (const auto table = read_mount_table()) {
    for (const MountEntry& entry : *table) {
      if (entry.directory != directory && lies_in(entry.directory, directory)) {
        users.push_back(fmt::format("what is mounted on {}", entry.directory));
      }
    }
  }
  std::error_code error;
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    const std::string pid = process.path().filename().string();
    if (is_number(pid) && uses(process.path(), directory)) {
      users.push_back(fmt::format("{} ({})", command_of(process.path()), pid));
    }
  }
  if (users.size() > max) {
    users.resize(max);
    users.emplace_back("and others");
  }
  return users;
}

}  // namespace aoekit::cli
