// Looking at the environment variables and at which driver's files exist.
#include "aoetools/environment.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace aoekit::aoetools {
namespace {

constexpr const char* kDefaultEtherd = "/dev/etherd";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_directory(const std::string& path) {
  std::error_code ignored;  // what cannot be looked at is not there for us
  return std::filesystem::is_directory(path, ignored);
}

}  // namespace

Environment Environment::of_process() {
  return {.sysfs_dir = variable("sysfs_dir"),
          .etherd = variable("AOE_ETHERD"),
          .n_partitions = variable("n_partitions"),
          .n_shelves = variable("n_shelves")};
}

Places find_places(const Environment& environment, const std::string& kernel_sysfs) {
  const std::string etherd = environment.etherd.empty() ? kDefaultEtherd : environment.etherd;
  const Places kernel{.driver = Driver::kernel, .sysfs = kernel_sysfs, .etherd = etherd};
  const Places fuse{.driver = Driver::aoefuse, .sysfs = etherd + "/.sys", .etherd = etherd};
  const bool fuse_there = is_directory(fuse.module());
  if (fuse_there && !environment.etherd.empty()) return fuse;
  if (is_directory(kernel.module())) return kernel;
  if (fuse_there) return fuse;
  return {.driver = Driver::none, .sysfs = kernel_sysfs, .etherd = etherd};
}

}  // namespace aoekit::aoetools
