// Names, waiting, and the life of an aoefuse that only serves `aoe mount`.
#include "cli/etherd.h"

#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <thread>

#include "cli/mount_table.h"
#include "cli/run_program.h"
#include "io/clock.h"

namespace aoekit::cli {
namespace {

constexpr Duration kPoll = std::chrono::milliseconds(50);
// Closing a loop device's file is finished a moment after the loop device is.
constexpr Duration kReleasePatience = std::chrono::seconds(2);

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool started_by_mount(const std::string& directory) {
  const auto table = read_mount_table();
  if (!table) return false;
  const auto entry = find_mount(*table, directory);
  return entry && entry->type == "fuse.aoefuse" && entry->source == kStartedByMount;
}

}  // namespace

std::string DiskName::file() const {
  return partition == 0 ? address.to_string() : fmt::format("{}p{}", address.to_string(), partition);
}

Result<DiskName> parse_disk_name(std::string_view text) {
  const auto wrong = [&] { return fail("'{}' is not a disk like e1.2 or a partition like e1.2p1", text); };
  DiskName name;
  const std::size_t p = text.find('p');
  const auto address = wire::AoeAddress::parse(text.substr(0, p));
  if (!address || !address->is_valid_target()) return wrong();
  name.address = *address;
  if (p == std::string_view::npos) return name;
  const std::string_view digits = text.substr(p + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), name.partition);
  if (error != std::errc{} || end != digits.data() + digits.size() || name.partition == 0) return wrong();
  return name;
}

bool served_by_aoefuse(const std::string& directory) { return exists(directory + "/.sys/module/aoe/version"); }

Status start_aoefuse(const AoefuseStart& start) {
  std::vector<std::string> words = {find_our_program("aoefuse"), "--source", kStartedByMount};
  for (const std::string& interface : start.interfaces) words.insert(words.end(), {"-i", interface});
  words.push_back(start.directory);
  const auto status = run_program(words);
  if (!status) return tl::unexpected(status.error());
  if (*status != 0) return fail("could not make {} show AoE disks; aoefuse said why", start.directory);
  return {};
}

void end_unused_aoefuse(const std::string& directory) {
  if (!started_by_mount(directory)) return;
  const Instant deadline = io::monotonic_now() + kReleasePatience;
  while (::umount2(directory.c_str(), UMOUNT_NOFOLLOW) != 0) {
    if (errno != EBUSY || io::monotonic_now() >= deadline) return;
    std::this_thread::sleep_for(kPoll);
  }
}

Result<Appearance> wait_for_disk(const std::string& directory, const DiskName& name, Duration patience) {
  const std::string path = directory + "/" + name.file();
  const Instant deadline = io::monotonic_now() + patience;
  for (;;) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) {
      return S_ISBLK(info.st_mode) ? Appearance::block_device : Appearance::file;
    }
    if (errno != ENOENT) return fail_errno(errno, "cannot look at {}", path);
    if (io::monotonic_now() >= deadline) break;
    std::this_thread::sleep_for(kPoll);
  }
  if (name.partition > 0 && exists(directory + "/" + name.address.to_string())) {
    return fail("{} has no partition {}", name.address.to_string(), name.partition);
  }
  return fail("no disk {} in {}: nobody on the network answers for it, or this {} does not show it (see: aoe discover)",
              name.address.to_string(), directory, served_by_aoefuse(directory) ? "aoefuse" : "driver");
}

}  // namespace aoekit::cli
