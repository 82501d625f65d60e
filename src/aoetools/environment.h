// Where the tools look: the kernel driver's files, or those of aoefuse, which imitates them.
//
// aoefuse, mounted on DIR, has the driver's control files and disks in DIR and its sysfs below DIR/.sys.
#pragma once

#include <string>

namespace aoekit::aoetools {

// What the environment of the process says; empty where it says nothing.
struct Environment {
  std::string sysfs_dir;     // aoe-stat: in place of /sys
  std::string etherd;        // AOE_ETHERD: in place of /dev/etherd
  std::string n_partitions;  // aoe-mkdevs, aoe-mkshelf
  std::string n_shelves;     // aoe-mkdevs

  static Environment of_process();
};

// Who provides AoE disks on this machine.
enum class Driver { kernel, aoefuse, none };

struct Places {
  Driver driver = Driver::none;
  std::string sysfs;   // "/sys", or aoefuse's imitation
  std::string etherd;  // "/dev/etherd"

  std::string block() const { return sysfs + "/block"; }
  std::string module() const { return sysfs + "/module/aoe"; }
  std::string interface_parameter() const { return module() + "/parameters/aoe_iflist"; }
  std::string control(const std::string& name) const { return etherd + "/" + name; }
};

// An AOE_ETHERD that holds an aoefuse comes first, because somebody named it; then the kernel driver; then an aoefuse
// in the default place. `kernel_sysfs` is "/sys" but in tests.
Places find_places(const Environment& environment, const std::string& kernel_sysfs = "/sys");

}  // namespace aoekit::aoetools
