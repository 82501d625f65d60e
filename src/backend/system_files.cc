// Reads /proc and /sys.
#include "backend/system_files.h"

#include <fmt/core.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace aoekit::backend {
namespace {

namespace fs = std::filesystem;

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return parts;
    text.remove_prefix(begin);
    parts.push_back(text.substr(0, text.find_first_of(separators)));
    text.remove_prefix(parts.back().size());
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "8:17"
std::optional<dev_t> device_number(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ":");
  if (parts.size() != 2) return std::nullopt;
  const auto major_number = number(parts[0]);
  const auto minor_number = number(parts[1]);
  if (!major_number || !minor_number) return std::nullopt;
  return makedev(static_cast<unsigned>(*major_number), static_cast<unsigned>(*minor_number));
}

// The kernel writes blanks, tabs, newlines and backslashes of names as \ and three octal digits.
std::string unescape(std::string_view text) {
  std::string plain;
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) && octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string read_line(const std::string& path) {
  std::string text = read_text(path);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  std::ranges::sort(names);
  return names;
}

std::string sysfs_directory(const SystemRoots& roots, dev_t device) {
  return fmt::format("{}/dev/block/{}:{}", roots.sys, major(device), minor(device));
}

std::optional<dev_t> device_of(const std::string& directory) { return device_number(read_line(directory + "/dev")); }

std::string device_name(const SystemRoots& roots, dev_t device) {
  const std::string event = read_text(sysfs_directory(roots, device) + "/uevent");
  for (const std::string_view line : split(event, "\n")) {
    if (line.starts_with("DEVNAME=")) return fmt::format("/dev/{}", line.substr(line.find('=') + 1));
  }
  return fmt::format("block device {}:{}", major(device), minor(device));
}

bool is_partition(const SystemRoots& roots, dev_t device) {
  std::error_code error;
  return fs::exists(sysfs_directory(roots, device) + "/partition", error);
}

std::optional<dev_t> whole_disk_of(const SystemRoots& roots, dev_t device) {
  if (!is_partition(roots, device)) return std::nullopt;
  return device_of(sysfs_directory(roots, device) + "/..");
}

std::vector<dev_t> partitions_of(const SystemRoots& roots, dev_t device) {
  std::vector<dev_t> partitions;
  if (is_partition(roots, device)) return partitions;
  const std::string directory = sysfs_directory(roots, device);
  for (const std::string& name : names_in(directory)) {
    const auto part = device_of(fmt::format("{}/{}", directory, name));
    if (part && is_partition(roots, *part)) partitions.push_back(*part);
  }
  return partitions;
}

std::uint64_t queue_value(const SystemRoots& roots, dev_t device, std::string_view name) {
  const char* up = is_partition(roots, device) ? "/.." : "";
  return number(read_line(fmt::format("{}{}/queue/{}", sysfs_directory(roots, device), up, name))).value_or(0);
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  for (const std::string_view line : split(text, "\n")) {
    const std::vector<std::string_view> fields = split(line, " ");
    // ID PARENT MAJOR:MINOR ROOT MOUNT_POINT OPTIONS [TAG...] - TYPE SOURCE SUPER_OPTIONS
    const auto dash = std::ranges::find(fields, std::string_view("-"));
    if (fields.size() < 9 || fields.end() - dash < 4 || dash - fields.begin() < 6) continue;
    const auto device = device_number(fields[2]);
    if (!device) continue;
    mounts.push_back({.device = *device,
                      .mount_point = unescape(fields[4]),
                      .source = unescape(dash[2]),
                      .read_only = std::ranges::count(split(dash[3], ","), std::string_view("ro")) > 0});
  }
  return mounts;
}

std::vector<std::string> parse_swaps(std::string_view text) {
  std::vector<std::string> paths;
  for (const std::string_view line : split(text, "\n")) {
    if (line.starts_with('/')) paths.push_back(unescape(split(line, " \t").front()));
  }
  return paths;
}

}  // namespace aoekit::backend
