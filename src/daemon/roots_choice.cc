// Walks the path as the kernel does, directory by directory and link by link.
#include "daemon/roots_choice.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <system_error>

namespace aoekit::daemon {
namespace {

// As many as the kernel follows.
constexpr int kLinksMax = 40;

std::optional<std::string> others_write_in(const std::filesystem::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) return std::nullopt;
  if (status.st_uid != 0) return fmt::format("{} belongs to user {}", directory.string(), status.st_uid);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return std::nullopt;
  return fmt::format("others than root may write in {}", directory.string());
}

// `path` begins with '/'. What is missing nobody else can have put there.
std::optional<std::string> others_place(const std::filesystem::path& path, int links_left) {
  std::filesystem::path at = "/";
  for (auto part = std::next(path.begin()); part != path.end(); ++part) {
    if (auto others = others_write_in(at)) return others;
    const std::filesystem::path next = at / *part;
    std::error_code error;
    if (!std::filesystem::is_symlink(next, error)) {
      at = next;
      continue;
    }
    if (links_left == 0) return fmt::format("{} has too many links", path.string());
    std::filesystem::path target = at / std::filesystem::read_symlink(next, error);
    while (++part != path.end()) target /= *part;
    return others_place(target, links_left - 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> others_decide(const config::Config& config, const config::ExportConfig& exported) {
  const std::string& file = exported.place.file;
  if (config.files_of_others.contains(file)) return fmt::format("others than root may write {}", file);
  return others_place(exported.path, kLinksMax);
}

}  // namespace aoekit::daemon
