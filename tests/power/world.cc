// Starts and ends the two processes, and mounts and unmounts what is between them.
#include "tests/power/world.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"

namespace aoekit::power {
namespace {

constexpr Duration kPatience = std::chrono::seconds(20);

}  // namespace

const char* to_string(Ending ending) {
  switch (ending) {
    case Ending::power_cut: return "power cut";
    case Ending::process_first: return "kill, then power cut";
    case Ending::process_only: return "kill";
  }
  return "";
}

Result<World> World::create(const WorldOptions& options) {
  World world(options);
  const Fd file(::open(world.image().c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.valid()) return fail_errno(errno, "cannot make {}", world.image());
  if (::ftruncate(file.get(), static_cast<off_t>(options.disk_bytes)) != 0) {
    return fail_errno(errno, "cannot make {} that long", world.image());
  }
  if (::mkdir(world.mount_point().c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno(errno, "cannot make {}", world.mount_point());
  }
  return world;
}

World::~World() {
  target_.reset();
  if (!disk_) return;
  disk_.reset();
  unmount();
}

void World::unmount() const { ::umount2(mount_point().c_str(), MNT_DETACH); }

Status World::start(const std::vector<std::string>& disk_arguments, const std::vector<std::string>& target_command) {
  std::vector<std::string> command{options_.disk_program};
  command.insert(command.end(), options_.disk_arguments.begin(), options_.disk_arguments.end());
  command.insert(command.end(), disk_arguments.begin(), disk_arguments.end());
  command.insert(command.end(), {image(), mount_point()});
  auto disk = Child::start({.command = command});
  if (!disk) return tl::unexpected(disk.error());
  disk_.emplace(std::move(*disk));
  if (Status ready = disk_->wait_for_line("ready", kPatience); !ready) return ready;

  auto target = Child::start({.command = target_command, .network_namespace = options_.server_namespace});
  if (!target) return tl::unexpected(target.error());
  target_.emplace(std::move(*target));
  return {};
}

Result<std::string> World::end(Ending ending) {
  if (ending == Ending::power_cut) disk_->signal(SIGUSR1);
  target_->signal(SIGKILL);
  if (ending == Ending::process_first) disk_->signal(SIGUSR1);
  // Only now, with the disk gone or going, may we wait: requests of the target that are with the disk end with it.
  if (const auto status = target_->wait(kPatience); !status) return tl::unexpected(status.error());
  if (ending == Ending::process_only) disk_->signal(SIGTERM);
  const auto status = disk_->wait(kPatience);
  if (!status) return tl::unexpected(status.error());
  std::string report = disk_->output();
  if (*status != 0) return fail("the disk process ended with status {}: {}", *status, report);
  while (!report.empty() && report.back() == '\n') report.pop_back();
  unmount();
  target_.reset();
  disk_.reset();
  return report;
}

}  // namespace aoekit::power
