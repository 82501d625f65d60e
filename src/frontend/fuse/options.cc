// CLI11 takes the words apart; what they mean is checked here.
#include "frontend/fuse/options.h"

#include <CLI/CLI.hpp>

#include <vector>

#include "base/version.h"
#include "lib/aoekit.h"

namespace aoekit::fuse {
namespace {

constexpr const char* kFooter = R"(
Makes DIRECTORY (usually /dev/etherd) what the Linux driver "aoe" makes of it: a file eSHELF.SLOT for each AoE disk on
the network, eSHELF.SLOTpN for its partitions, and the control files discover, interfaces, revalidate, flush and err.

Examples:
  aoefuse /dev/etherd                       all disks on all interfaces
  aoefuse -i eth1 --devices e1.* /dev/etherd
  aoe mount e1.2 /mnt                       does this, attaches a loop device and mounts it

Exit status: 0 mounted (or, with -f, unmounted), 1 failure, 2 bad usage. See aoefuse(8).)";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

}  // namespace

Result<std::variant<Options, PrintAndLeave>> parse_options(int argc, const char* const* argv) {
  Options options;
  std::vector<std::string> interfaces, devices;
  std::string cache = "off", io_uring = "auto";
  bool read_only = false, foreground = false, forever = false;
  CLI::App app("Show the AoE disks on the network as files, without the kernel's aoe driver", "aoefuse");
  app.footer(kFooter);
  app.set_version_flag("--version,-V", std::string("aoefuse (aoekit) ") + kVersion);
  app.add_option("-i,--interface", interfaces, "use these interfaces (all); may be repeated")
      ->type_name("NAME[,NAME...]")->allow_extra_args(false);
  app.add_option("--devices", devices, "show these disks only: e1.2, e3.*, ... (all); may be repeated")
      ->type_name("LIST")->allow_extra_args(false);
  app.add_flag("-r,--read-only", read_only, "allow no writing");
  app.add_option("--cache", cache, "keep what was read in the page cache (off)")->type_name("on|off")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--io-uring", io_uring, "take the kernel's requests by io_uring if it can (auto)")
      ->type_name("auto|off")->check(CLI::IsMember({"auto", "off"}));
  app.add_option("--dead-seconds", options.dead_seconds,
                                    "fail requests of a disk that has been silent for this long (180)")
                         ->type_name("SECONDS")->check(CLI::Range(1u, AOE_FOREVER - 1));
  app.add_flag("--wait-forever", forever, "never fail them, wait until the disk answers again")
      ->excludes(app.get_option("--dead-seconds"));
  app.add_flag("-f,--foreground", foreground, "stay in the foreground and log to standard error");
  app.add_option("--source", options.source, "the name that mount(8) shows (aoefuse)")->type_name("NAME");
  app.add_option("directory", options.directory, "where; made if it does not exist")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return PrintAndLeave{app.help()};
  } catch (const CLI::CallForVersion&) {
    return PrintAndLeave{app.version() + "\n"};
  } catch (const CLI::ParseError& error) {
    return fail("{} (see: aoefuse --help)", error.what());
  }
  options.interfaces = joined(interfaces);
  if (!devices.empty()) {
    auto filter = DeviceFilter::parse(joined(devices));
    if (!filter) return fail("--devices: {}", filter.error().message);
    options.filter = std::move(*filter);
  }
  if (options.source.empty() || options.source.find_first_of(", \\") != std::string::npos) {
    return fail("--source: '{}' is empty or has a comma, a space or a backslash in it", options.source);
  }
  options.access = read_only ? Access::read_only : Access::read_write;
  options.page_cache = cache == "on" ? PageCache::on : PageCache::off;
  options.io_uring = io_uring == "auto" ? IoUring::automatic : IoUring::off;
  options.lifetime = foreground ? Lifetime::foreground : Lifetime::daemon;
  if (forever) options.dead_seconds = AOE_FOREVER;
  return options;
}

}  // namespace aoekit::fuse
