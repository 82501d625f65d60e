// The command line of vblade: the options of vblade 25 with the checks that it lacks, and long names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backend/access.h"
#include "backend/file_device.h"
#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "net/packet_port.h"
#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::daemon {

enum class Interlocks : std::uint8_t { enforced, overridden };

struct VbladeOptions {
  wire::AoeAddress address;
  std::string interface;
  std::string path;
  std::uint16_t buffer_count = 64;                 // -b
  backend::Caching caching = backend::Caching::buffered;  // -d
  backend::Sync sync = backend::Sync::on_flush;           // -s
  backend::Access access = backend::Access::read_write;   // -r
  std::vector<wire::MacAddress> mask;              // -m
  Sectors first_sector;                            // -o
  std::optional<Sectors> length;                   // -l
  Interlocks interlocks = Interlocks::enforced;    // --force
  Duration busy_wait = std::chrono::microseconds(50);  // --busy-wait
  net::ReceiveBy receive_by = net::ReceiveBy::automatic;  // --receive
};

// --help or --version: what to print on stdout before leaving with status 0.
struct PrintAndLeave {
  std::string text;
};

// What the command line asks for, or one line that says what is wrong with it. argv[0] is the program's name.
Result<std::variant<VbladeOptions, PrintAndLeave>> parse_vblade_options(int argc, const char* const* argv);

}  // namespace aoekit::daemon
