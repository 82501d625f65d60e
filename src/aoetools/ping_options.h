// The command line of aoeping.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/address.h"

namespace aoekit::aoetools {

// A SMART subcommand by its name, and whether data come with it.
struct SmartCommand {
  enum class Data : std::uint8_t { none, from_disk, to_disk };
  std::string_view name;
  std::uint8_t feature = 0;
  Data data = Data::none;
};

struct PingOptions {
  enum class Identify : std::uint8_t { no, raw, fields };
  wire::AoeAddress address;
  std::string interface;
  Identify identify = Identify::no;
  bool verbose = false;
  bool help = false;                   // nothing else counts
  std::optional<unsigned> timeout_s;
  std::uint32_t first_tag = 0;
  std::optional<SmartCommand> smart;
  std::uint8_t smart_lba0 = 0;
};

// A command line that cannot be meant.
struct PingUsageError {
  std::string message;      // may be empty: the usage says it all
  bool show_usage = false;
};

// `argv` as main() has it. What getopt(3) complains of is on stderr already.
tl::expected<PingOptions, PingUsageError> parse_ping_options(std::span<char*> argv);
extern const char* const kPingUsage;

// "read_log" or "read_log:6": the subcommand and the number. Nothing if there is none of that name.
std::optional<std::pair<SmartCommand, std::uint8_t>> parse_smart(std::string_view text);

}  // namespace aoekit::aoetools
