// getopt(3), as aoeping always had it.
#include "aoetools/ping_options.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <limits>

#include "aoetools/numbers.h"

namespace aoekit::aoetools {
namespace {

using Data = SmartCommand::Data;
constexpr std::array<SmartCommand, 7> kSmartCommands{{{"read_data", 0xd0, Data::from_disk},
                                                      {"offline_immediate", 0xd4, Data::none},
                                                      {"read_log", 0xd5, Data::from_disk},
                                                      {"write_log", 0xd6, Data::to_disk},
                                                      {"enable", 0xd8, Data::none},
                                                      {"disable", 0xd9, Data::none},
                                                      {"return_status", 0xda, Data::none}}};

tl::unexpected<PingUsageError> wrong(std::string message) {
  return tl::unexpected(PingUsageError{std::move(message), false});
}

tl::unexpected<PingUsageError> wrong_with_usage(std::string message) {
  return tl::unexpected(PingUsageError{std::move(message), true});
}

}  // namespace

const char* const kPingUsage =
    "usage:\taoeping [options] {shelf} {slot} {netif}\n"
    "options:\n"
    "\t-i\tdo ATA device identify dump as raw hex\n"
    "\t-I\tdo ATA device identify print fields\n"
    "\t-v\tbe verbose\n"
    "\t-h\tshow this usage summary\n"
    "options taking arguments:\n"
    "\t-s\ttimeout in seconds\n"
    "\t-S\tperform SMART command\n"
    "\t-t\tspecify number for starting AoE tag\n";

std::optional<std::pair<SmartCommand, std::uint8_t>> parse_smart(std::string_view text) {
  const std::string_view name = text.substr(0, text.find(':'));
  std::uint64_t number = 0;
  if (name.size() < text.size()) {
    const auto parsed = parse_number(text.substr(name.size() + 1), std::numeric_limits<std::uint8_t>::max());
    if (!parsed) return std::nullopt;
    number = *parsed;
  }
  for (const SmartCommand& command : kSmartCommands) {
    if (command.name == name) return std::pair(command, static_cast<std::uint8_t>(number));
  }
  return std::nullopt;
}

tl::expected<PingOptions, PingUsageError> parse_ping_options(std::span<char*> argv) {
  PingOptions options;
  optind = 0;  // from the start, also in a second call
  for (int option = 0; (option = ::getopt(static_cast<int>(argv.size()), argv.data(), "hiIvs:S:t:")) != -1;) {
    switch (option) {
      case 'h': options.help = true; return options;
      case 'i':
        if (options.identify == PingOptions::Identify::no) options.identify = PingOptions::Identify::raw;
        break;
      case 'I': options.identify = PingOptions::Identify::fields; break;
      case 'v': options.verbose = true; break;
      case 's': {
        const auto seconds = parse_number(optarg, 1'000'000'000);
        if (!seconds || *seconds < 1) return wrong("timeout seconds must be one or more");
        options.timeout_s = static_cast<unsigned>(*seconds);
        break;
      }
      case 'S': {
        const auto smart = parse_smart(optarg);
        if (!smart) return wrong(fmt::format("no such SMART command: {}", optarg));
        options.smart = smart->first;
        options.smart_lba0 = smart->second;
        break;
      }
      case 't': {
        const auto tag = parse_number(optarg, std::numeric_limits<std::uint32_t>::max());
        if (!tag) return wrong(fmt::format("{} is not a number for a tag (0 to 4294967295)", optarg));
        options.first_tag = static_cast<std::uint32_t>(*tag);
        break;
      }
      default: return wrong_with_usage(fmt::format("unrecognized option: {}", static_cast<char>(optopt)));
    }
  }
  const std::span<char*> rest = argv.subspan(static_cast<std::size_t>(optind));
  if (rest.size() != 3) return wrong_with_usage("");
  const auto shelf = parse_number(rest[0], wire::kShelfBroadcast - 1);
  if (!shelf) return wrong(fmt::format("{} is not a shelf (0 to {})", rest[0], wire::kShelfBroadcast - 1));
  const auto slot = parse_number(rest[1], wire::kSlotBroadcast - 1);
  if (!slot) return wrong(fmt::format("{} is not a slot (0 to {})", rest[1], wire::kSlotBroadcast - 1));
  options.address = {static_cast<std::uint16_t>(*shelf), static_cast<std::uint8_t>(*slot)};
  options.interface = rest[2];
  return options;
}

}  // namespace aoekit::aoetools
