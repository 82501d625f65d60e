// aoe: the table of its subcommands. A new one is one row here and one file.
#include "cli/subcommand.h"

namespace {

using aoekit::cli::Subcommand;

constexpr Subcommand kSubcommands[] = {
    {"discover", "List all targets on the network", "  aoe discover\n  aoe discover -i eth1 --json",
     aoekit::cli::set_up_discover},
    {"list", "Show all disks with their state and paths",
     "  aoe list\n  aoe list --watch\n  aoe list '1.*' --json", aoekit::cli::set_up_list, "stat"},
    {"ping", "Measure how fast a target answers", "  aoe ping e1.2\n  aoe ping e1.2 -c 10 --interval 0.1",
     aoekit::cli::set_up_ping},
    {"identify", "Show what a target's disk says of itself", "  aoe identify e1.2\n  aoe identify e1.2 --json",
     aoekit::cli::set_up_identify},
    {"smart", "Show a disk's health page, status and logs", "  aoe smart e1.2\n  aoe smart e1.2 --log 0",
     aoekit::cli::set_up_smart},
    {"read", "Copy sectors of a target into a file",
     "  aoe read e1.2 disk.img\n  aoe read e1.2 --offset 2048 --count 100 - | hexdump -C", aoekit::cli::set_up_read},
    {"write", "Copy a file to sectors of a target",
     "  aoe write e1.2 disk.img --verify\n  zcat disk.gz | aoe write e1.2 -", aoekit::cli::set_up_write},
    {"copy", "Copy whole disks between the network, files and block devices",
     "  aoe copy e1.2 disk.img --verify\n  aoe copy disk.img aoe://eth1/1.3 --force\n  aoe copy e1.2 /dev/sdb --resume",
     aoekit::cli::set_up_copy},
    {"config", "Read, test or change the config string",
     "  aoe config e1.2\n  aoe config all prefix rack7\n  aoe config e1.2 set \"rack7 db\"\n"
     "Other targets' configurations for aoed: aoe config import --help",
     aoekit::cli::set_up_config},
    {"config import", "Turn the configuration of vblade, ggaoed or qaoed into aoed's",
     "  aoe config import /etc/vblade.conf.d -o /etc/aoekit/aoed.toml\n  aoe config import ggaoed.conf",
     aoekit::cli::set_up_config_import},
    {"mask", "Show or edit the list of stations that may use a target",
     "  aoe mask e1.2\n  aoe mask e1.2 add 02:00:00:00:00:01", aoekit::cli::set_up_mask},
    {"reserve", "Show, take or give back a target's reservation",
     "  aoe reserve e1.2\n  aoe reserve e1.2 set\n  aoe reserve e1.2 release", aoekit::cli::set_up_reserve},
    {"mount", "Mount a disk's file system, with or without the kernel's driver",
     "  aoe mount e1.2 /mnt\n  aoe mount e1.2p1 /mnt -t vfat -o ro", aoekit::cli::set_up_mount},
    {"umount", "Unmount what aoe mount has mounted", "  aoe umount /mnt", aoekit::cli::set_up_umount},
    {"dump", "Print AoE frames, live or from a capture file", "  aoe dump -i eth1\n  aoe dump -r frames.pcap --json",
     aoekit::cli::set_up_dump},
    {"chaos", "Join two interfaces by a link that loses, doubles and delays frames",
     "  aoe chaos eth1 eth2 --loss 1% --delay 1ms..20ms\n  aoe chaos eth1 eth2 --cut 2s..5s/30s --seed 7",
     aoekit::cli::set_up_chaos},
    {"doctor", "Find out what is wrong, and what mends it", "  aoe doctor\n  aoe doctor -i eth1 e1.2",
     aoekit::cli::set_up_doctor},
    {"export", "Show and change what the aoed of this machine exports",
     "  aoe export list\n  aoe export add e1.2 /dev/vg0/db --save\n  aoe export remove e1.2",
     aoekit::cli::set_up_export},
    {"client", "Show who uses the exports of this machine's aoed", "  aoe client list\n  aoe client list e1.2",
     aoekit::cli::set_up_client},
    {"interface", "Show the interfaces that this machine's aoed serves", "  aoe interface list",
     aoekit::cli::set_up_interface},
    {"status", "Show how this machine's aoed is doing", "  aoe status\n  aoe status --json | jq .counters",
     aoekit::cli::set_up_status},
    {"reload", "Have this machine's aoed read its configuration again", "  aoe reload", aoekit::cli::set_up_reload},
    {"top", "Watch what this machine's aoed does", "  aoe top\n  aoe top -d 1\n  aoe top --once --json",
     aoekit::cli::set_up_top},
    {"conform", "Check whether a target keeps to the protocol",
     "  aoe conform e1.2 -i eth1\n  aoe conform e1.2 -i eth1 --window 2048:128 --only 'config.*'",
     aoekit::cli::set_up_conform},
    {"bench", "Measure how much a target gives and how fast it answers",
     "  aoe bench e1.2\n  aoe bench e1.2 --size 64k --sequential --depth 8\n"
     "  aoe bench e1.2 --rate 50000 --spin\n  aoe bench e1.2 --mix 70 --range 0:2097152",
     aoekit::cli::set_up_bench},
};

}  // namespace

int main(int argc, char** argv) { return aoekit::cli::run_aoe(kSubcommands, argc, argv); }
