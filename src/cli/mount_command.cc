// aoe mount: from the name of a disk to files, in one command.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "cli/etherd.h"
#include "cli/exit_code.h"
#include "cli/loop_device.h"
#include "cli/mount_table.h"
#include "cli/report.h"
#include "cli/run_program.h"
#include "cli/session.h"
#include "cli/subcommand.h"

namespace aoekit::cli {
namespace {

struct MountOptions {
  std::string disk;
  std::string directory;
  std::string type;
  std::string options;
  std::string etherd = kEtherd;
  std::vector<std::string> interfaces;
  double timeout_s = 10;
};

bool asks_for_read_only(const std::string& options) {
  return ("," + options + ",").find(",ro,") != std::string::npos;
}

// A second view of the same sectors, each with its own idea of them, destroys a file system.
Status refuse_second_use(const std::string& etherd, const DiskName& name) {
  const std::string whole = etherd + "/" + name.address.to_string();
  for (const LoopUser& user : list_loop_devices()) {
    const bool same = user.backing == etherd + "/" + name.file();
    const bool part_of_it = name.partition == 0 && user.backing.starts_with(whole + "p");
    const bool all_of_it = name.partition > 0 && user.backing == whole;
    if (!same && !part_of_it && !all_of_it) continue;
    const auto table = read_mount_table();
    for (const MountEntry& entry : table ? *table : std::vector<MountEntry>{}) {
      if (entry.source == user.device) {
        return fail("{} is mounted on {} already; first: aoe umount {}", user.backing, entry.directory,
                    entry.directory);
      }
    }
    return fail("{} is attached to {} already; first: losetup -d {}", user.backing, user.device, user.device);
  }
  return {};
}

Status mount_with(const MountOptions& options, const std::string& device) {
  std::vector<std::string> words = {"mount"};
  if (!options.type.empty()) words.insert(words.end(), {"-t", options.type});
  if (!options.options.empty()) words.insert(words.end(), {"-o", options.options});
  words.insert(words.end(), {device, options.directory});
  const auto status = run_program(words);
  if (!status) return tl::unexpected(status.error());
  if (*status != 0) return fail("{} is not mounted; the line above says why", options.disk);
  return {};
}

Status mount_from(const MountOptions& options, const std::string& etherd, const DiskName& name) {
  const auto found = wait_for_disk(etherd, name, seconds(options.timeout_s));
  if (!found) return tl::unexpected(found.error());
  const std::string path = etherd + "/" + name.file();
  if (*found == Appearance::block_device) return mount_with(options, path);
  if (Status free = refuse_second_use(etherd, name); !free) return free;
  // Open until the file system has it; if it does not come to that, closing detaches it.
  const auto loop = attach_loop(
      path, asks_for_read_only(options.options) ? LoopAccess::read_only : LoopAccess::read_write);
  if (!loop) return tl::unexpected(loop.error());
  return mount_with(options, loop->device);
}

Result<int> mount_disk(const MountOptions& options, const DiskName& name) {
  struct stat info {};
  if (::stat(options.directory.c_str(), &info) != 0) return fail_errno(errno, "cannot mount on {}", options.directory);
  if (!S_ISDIR(info.st_mode)) return fail("cannot mount on {}: it is not a directory", options.directory);
  const bool by_driver = ::stat((options.etherd + "/" + name.file()).c_str(), &info) == 0 && S_ISBLK(info.st_mode);
  if (!by_driver && !served_by_aoefuse(options.etherd)) {
    if (Status started = start_aoefuse({options.etherd, options.interfaces}); !started) {
      return tl::unexpected(started.error());
    }
  }
  // Loop devices know the file by its path without links.
  const std::unique_ptr<char, decltype(&::free)> etherd(::realpath(options.etherd.c_str(), nullptr), &::free);
  if (etherd == nullptr) return fail_errno(errno, "cannot use {}", options.etherd);
  if (Status mounted = mount_from(options, etherd.get(), name); !mounted) {
    end_unused_aoefuse(etherd.get());
    return tl::unexpected(mounted.error());
  }
  return kExitOk;
}

int run(const MountOptions& options) {
  const auto name = parse_disk_name(options.disk);
  if (!name) return report_usage(name.error().message);
  const auto status = mount_disk(options, *name);
  return status ? *status : report(status.error());
}

}  // namespace

Action set_up_mount(CLI::App& app) {
  auto options = std::make_shared<MountOptions>();
  app.add_option("-t,--types", options->type, "The file system's type (found out by itself)")->type_name("TYPE");
  app.add_option("-o,--options", options->options, "Mount options, as of mount(8)")->type_name("LIST");
  app.add_option("--etherd", options->etherd, "Where the disks are, or are to be, shown")
      ->type_name("DIR")->capture_default_str();
  add_interface_option(app, options->interfaces);
  app.add_option("--timeout", options->timeout_s, "Seconds to wait for the disk")->capture_default_str()
      ->check(CLI::Range(0.0, 86400.0));
  app.add_option("disk", options->disk, "The disk or partition: e1.2, e1.2p1")->required();
  app.add_option("directory", options->directory, "Where its files are to appear")->required();
  return [options] { return run(*options); };
}

}  // namespace aoekit::cli
