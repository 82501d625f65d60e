// aoe-mkdevs and aoe-mkshelf: static device nodes, for the kernel driver on machines without udev.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "aoetools/files.h"
#include "aoetools/nodes.h"
#include "aoetools/say.h"
#include "aoetools/tool.h"

namespace aoekit::aoetools {
namespace {

constexpr unsigned kShelvesMax = 65535;
constexpr unsigned kPartitionsMax = 256;

bool udev_runs() {
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    const auto name = read_value(at->path().string() + "/comm");
    if (name && (*name == "udevd" || *name == "systemd-udevd")) return true;
  }
  return false;
}

// Whether somebody else makes the nodes; says so.
bool not_needed(std::string_view tool) {
  const bool dynamic = read_value("/sys/module/aoe/parameters/aoe_dyndevs") == "1";
  if (!dynamic && !udev_runs()) return false;
  if (dynamic) {
    say("{} Error: aoe module is using dynamic devices.", tool);
  } else {
    say("{} Error: udev detected.  You shouldn't need to use {}.", tool, tool);
  }
  say("{}: Please see the {} manpage.", tool, tool);
  say("{}: Exiting.", tool);
  return true;
}

int usage(std::string_view tool, const char* arguments) {
  say("Usage: {} {}", tool, arguments);
  say("       n_partitions=16 {} {}", tool, arguments);
  return kExitFailed;
}

// In place of a node of that name. What is no device is left alone: it is somebody's file.
Status make(const std::string& directory, const Node& node) {
  const std::string path = directory + "/" + node.name;
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) == 0) {
    if (!S_ISBLK(facts.st_mode) && !S_ISCHR(facts.st_mode)) {
      return fail("{} is there and is no device: not replaced", path);
    }
    if (::unlink(path.c_str()) != 0) return fail_errno(errno, "cannot remove {}", path);
  }
  if (::mknod(path.c_str(), node.mode, gnu_dev_makedev(kAoeMajor, node.minor)) != 0 ||
      ::chmod(path.c_str(), node.mode & 07777) != 0) {  // whatever the umask
    return fail_errno(errno, "cannot make {}", path);
  }
  return {};
}

Status make_all(const std::string& directory, const std::vector<Node>& nodes) {
  for (const Node& node : nodes) {
    if (Status status = make(directory, node); !status) return status;
  }
  return {};
}

Status make_shelf(const std::string& directory, unsigned shelf, unsigned partitions) {
  const auto nodes = shelf_nodes(shelf, partitions);
  return nodes ? make_all(directory, *nodes) : Status(tl::unexpected(nodes.error()));
}

Result<unsigned> count_from(const std::string& variable, const std::string& what, unsigned otherwise, unsigned max) {
  return variable.empty() ? Result<unsigned>(otherwise) : parse_count(variable, what, max);
}

Result<unsigned> partitions_from(const Environment& environment) {
  auto count = count_from(environment.n_partitions, "number of partitions", kPartitionsDefault, kPartitionsMax);
  if (count && *count == 0) return fail("n_partitions must be 1 or more: the first is the whole disk");
  return count;
}

Status make_devices(const Environment& environment, const std::string& directory) {
  const auto partitions = partitions_from(environment);
  if (!partitions) return tl::unexpected(partitions.error());
  const auto shelves = count_from(environment.n_shelves, "number of shelves", kShelvesDefault, kShelvesMax);
  if (!shelves) return tl::unexpected(shelves.error());
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail_errno(error.value(), "cannot create directory {}", directory);
  if (Status status = make_all(directory, control_nodes()); !status) return status;
  for (unsigned shelf = 0; shelf < *shelves; ++shelf) {
    if (Status status = make_shelf(directory, shelf, *partitions); !status) return status;
  }
  return {};
}

Status make_one_shelf(const Environment& environment, const std::string& directory, const std::string& shelf_text) {
  const auto partitions = partitions_from(environment);
  if (!partitions) return tl::unexpected(partitions.error());
  const auto shelf = parse_count(shelf_text, "shelf address", kShelvesMax - 1);
  return shelf ? make_shelf(directory, *shelf, *partitions) : Status(tl::unexpected(shelf.error()));
}

int finish(std::string_view tool, const Status& status) {
  if (!status) say("{} Error: {}", tool, status.error().message);
  return status ? kExitOk : kExitFailed;
}

}  // namespace

int run_mkdevs(const Invocation& invocation) {
  if (invocation.count() != 1) return usage(invocation.name, "{dir}");
  if (not_needed(invocation.name)) return kExitFailed;
  return finish(invocation.name, make_devices(invocation.environment, invocation.argument(0)));
}

int run_mkshelf(const Invocation& invocation) {
  if (invocation.count() != 2) return usage(invocation.name, "{dir} {shelfaddress}");
  if (not_needed(invocation.name)) return kExitFailed;
  return finish(invocation.name,
                make_one_shelf(invocation.environment, invocation.argument(0), invocation.argument(1)));
}

}  // namespace aoekit::aoetools
