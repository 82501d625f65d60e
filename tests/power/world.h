// One incarnation after the other of a forgetful disk and the target that serves it, and their sudden ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "tests/power/child.h"

namespace aoekit::power {

struct WorldOptions {
  std::string disk_program;       // powerdisk
  std::string server_namespace;
  std::string directory;          // scratch: the image and the mount point live here; exists
  std::uint64_t disk_bytes = 0;
  std::vector<std::string> disk_arguments = {};  // for every incarnation
};

// How a machine ends, and in which order its parts notice.
enum class Ending : std::uint8_t {
  power_cut,      // the disk first: what the target does afterwards reaches nothing
  process_first,  // the target a moment before the disk
  process_only    // the target dies, the disk lives: nothing that was acknowledged may be lost
};
const char* to_string(Ending ending);

class World {
 public:
  // Makes the image, all zeros.
  static Result<World> create(const WorldOptions& options);
  World(World&&) = default;
  ~World();

  // The file that the target is to serve.
  std::string disk() const { return mount_point() + "/disk"; }
  // A fresh disk process and a fresh target over the same image. Whether the target serves is seen on the network.
  Status start(const std::vector<std::string>& disk_arguments, const std::vector<std::string>& target_command);
  // What the target has printed since the last call: why it may not serve.
  std::string target_output() { return target_->output(); }
  // The end, at once. Afterwards nothing of the two runs and nothing is mounted. What the disk has to say about it.
  Result<std::string> end(Ending ending);

 private:
  explicit World(const WorldOptions& options) : options_(options) {}
  std::string image() const { return options_.directory + "/image"; }
  std::string mount_point() const { return options_.directory + "/mounted"; }
  void unmount() const;

  WorldOptions options_;
  std::optional<Child> disk_;
  std::optional<Child> target_;
};

}  // namespace aoekit::power
