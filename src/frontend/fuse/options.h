// The command line of aoefuse.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/result.h"
#include "frontend/fuse/device_filter.h"
#include "frontend/fuse/disk.h"
#include "frontend/fuse/file_system.h"

namespace aoekit::fuse {

enum class Lifetime : std::uint8_t { daemon, foreground };
enum class IoUring : std::uint8_t { automatic, off };

struct Options {
  std::string directory;
  std::string interfaces;             // -i, comma-separated; empty: all
  DeviceFilter filter;                // --devices
  Access access = Access::read_write;  // --read-only
  PageCache page_cache = PageCache::off;  // --cache
  IoUring io_uring = IoUring::automatic;  // --io-uring: requests come by it if the kernel can
  Lifetime lifetime = Lifetime::daemon;   // -f
  std::uint32_t dead_seconds = 180;       // --dead-seconds, or AOE_FOREVER by --wait-forever
  std::string source = "aoefuse";         // --source: what mount(8) shows
};

// --help or --version: what to print on stdout before leaving with status 0.
struct PrintAndLeave {
  std::string text;
};

// What the command line asks for, or what is wrong with it.
Result<std::variant<Options, PrintAndLeave>> parse_options(int argc, const char* const* argv);

}  // namespace aoekit::fuse
