// aoe umount: the way back from aoe mount.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/etherd.h"
#include "cli/exit_code.h"
#include "cli/loop_device.h"
#include "cli/mount_table.h"
#include "cli/mount_users.h"
#include "cli/report.h"
#include "cli/subcommand.h"

namespace aoekit::cli {
namespace {

constexpr std::size_t kUsersNamed = 5;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// The file of /dev/etherd, or wherever disks are shown, behind a mount's source.
std::optional<std::string> aoe_file(const std::string& source) {
  const auto backing = loop_backing(source);
  if (backing && parse_disk_name(std::filesystem::path(*backing).filename().string())) return backing;
  if (lies_in(source, kEtherd)) return source;  // the kernel's driver
  return std::nullopt;
}

Status unmount(const std::string& directory) {
  if (::umount2(directory.c_str(), UMOUNT_NOFOLLOW) == 0) return {};
  if (errno != EBUSY) return fail_errno(errno, "cannot unmount {}", directory);
  const auto users = users_of_mount(directory, kUsersNamed);
  return fail("{} is in use{}{}; end that and try again", directory, users.empty() ? "" : " by ", joined(users));
}

Result<int> umount_disk(const std::string& given) {
  const std::unique_ptr<char, decltype(&::free)> path(::realpath(given.c_str(), nullptr), &::free);
  if (path == nullptr) return fail_errno(errno, "cannot unmount {}", given);
  const std::string directory = path.get();
  const auto table = read_mount_table();
  if (!table) return tl::unexpected(table.error());
  const auto entry = find_mount(*table, directory);
  if (!entry) return fail("nothing is mounted on {}", directory);
  const auto file = aoe_file(entry->source);
  if (!file) {
    return fail("{} is not an AoE disk but {} ({}); use umount(8)", directory, entry->source, entry->type);
  }
  if (Status unmounted = unmount(directory); !unmounted) return tl::unexpected(unmounted.error());
  // A disk that is mounted twice from one loop device still needs that.
  const auto after = read_mount_table();
  for (const MountEntry& other : after ? *after : std::vector<MountEntry>{}) {
    if (other.source == entry->source) return kExitOk;
  }
  if (loop_backing(entry->source) == *file) {
    if (Status detached = detach_loop(entry->source); !detached) return tl::unexpected(detached.error());
  }
  end_unused_aoefuse(std::filesystem::path(*file).parent_path().string());
  return kExitOk;
}

int run(const std::string& directory) {
  const auto status = umount_disk(directory);
  return status ? *status : report(status.error());
}

}  // namespace

Action set_up_umount(CLI::App& app) {
  auto directory = std::make_shared<std::string>();
  app.add_option("directory", *directory, "Where the disk is mounted")->required();
  return [directory] { return run(*directory); };
}

}  // namespace aoekit::cli
