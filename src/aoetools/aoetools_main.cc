// aoetools: the table of the tools. A new one is one row here, one file, one name in CMakeLists.txt.
#include "aoetools/tool.h"

namespace {

using aoekit::aoetools::Tool;

constexpr Tool kTools[] = {
    {"aoe-stat", "[REGEX]", "Show the AoE disks of this machine", aoekit::aoetools::run_stat},
    {"aoe-discover", "", "Have the driver look for AoE targets", aoekit::aoetools::run_discover},
    {"aoe-flush", "[-a | eSHELF.SLOT...]", "Have the driver forget disks", aoekit::aoetools::run_flush},
    {"aoe-interfaces", "[-c | INTERFACE...]", "Show or restrict the network interfaces of the driver",
     aoekit::aoetools::run_interfaces},
    {"aoe-revalidate", "eSHELF.SLOT...", "Have the driver look at the size of a disk again",
     aoekit::aoetools::run_revalidate},
    {"aoe-version", "", "Show the versions of the tools and of the driver", aoekit::aoetools::run_version},
    {"aoe-mkdevs", "DIRECTORY", "Make static device nodes for the driver", aoekit::aoetools::run_mkdevs},
    {"aoe-mkshelf", "DIRECTORY SHELF", "Make static device nodes for one shelf", aoekit::aoetools::run_mkshelf},
    {"aoeping", "[-hiIv] [-s SECONDS] [-S SMARTCOMMAND[:N]] [-t TAG] SHELF SLOT INTERFACE",
     "Ask an AoE target whether it is there, and who it is", aoekit::aoetools::run_ping},
    {"aoecfg", "[-c read|test|prefix|set|fset] [-s STRING] [-t SECONDS] [SHELF SLOT] [INTERFACE]",
     "Read, test or set the config strings of AoE targets", aoekit::aoetools::run_cfg},
    {"aoe-sancheck", "[-v]", "Check the frame sizes that the paths to all AoE targets carry",
     aoekit::aoetools::run_sancheck},
};

}  // namespace

int main(int argc, char** argv) { return aoekit::aoetools::run_aoetools(kTools, argc, argv); }
