// getopt(3), as aoecfg always had it; numbers as strtoul(3) has them with base 0.
#include "aoetools/cfg_options.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "aoetools/numbers.h"

namespace aoekit::aoetools {
namespace {

constexpr std::array<std::pair<std::string_view, wire::ConfigOp>, 5> kOperations{
    {{"read", wire::ConfigOp::read},
     {"test", wire::ConfigOp::test},
     {"prefix", wire::ConfigOp::test_prefix},
     {"set", wire::ConfigOp::set},
     {"fset", wire::ConfigOp::force_set}}};

std::optional<wire::ConfigOp> operation(std::string_view name) {
  for (const auto& [word, op] : kOperations) {
    if (word == name) return op;
  }
  return std::nullopt;
}

// Decimal, 0x hexadecimal or 0 octal.
Result<unsigned> address_part(const std::string& text, const char* what, unsigned max) {
  char* end = nullptr;
  errno = 0;
  const unsigned long value = std::strtoul(text.c_str(), &end, 0);
  const bool number = !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) != 0 && *end == '\0';
  if (!number || errno != 0 || value > max) return fail("\"{}\" is not a {} (0 to {})", text, what, max);
  return static_cast<unsigned>(value);
}

Result<wire::AoeAddress> address_from(const std::string& shelf_text, const std::string& slot_text) {
  const auto shelf = address_part(shelf_text, "shelf", wire::kShelfBroadcast);
  if (!shelf) return tl::unexpected(shelf.error());
  const auto slot = address_part(slot_text, "slot", wire::kSlotBroadcast);
  if (!slot) return tl::unexpected(slot.error());
  return wire::AoeAddress{static_cast<std::uint16_t>(*shelf), static_cast<std::uint8_t>(*slot)};
}

Status take_positional(std::span<char*> rest, CfgOptions& options) {
  if (rest.size() > 3) return fail("{}", "");
  if (rest.size() >= 2) {
    const auto address = address_from(rest[0], rest[1]);
    if (!address) return tl::unexpected(address.error());
    options.address = *address;
  }
  if (rest.size() == 1 || rest.size() == 3) options.interface = rest.back();
  if (options.interface.empty() || std::isdigit(static_cast<unsigned char>(options.interface[0])) != 0) {
    return fail("\"{}\" is not a valid network interface", options.interface);
  }
  return {};
}

}  // namespace

const char* const kCfgUsage = "usage: aoecfg [-c cmd] [-s cfgstr] [-t timeout] [shelf slot] [net]\n";

Result<CfgOptions> parse_cfg_options(std::span<char*> argv) {
  CfgOptions options;
  optind = 0;  // from the start, also in a second call
  for (int option = 0; (option = ::getopt(static_cast<int>(argv.size()), argv.data(), "c:s:t:v")) != -1;) {
    switch (option) {
      case 'c': {
        const auto op = operation(optarg);
        if (!op) return fail("{}", "");
        options.op = *op;
        break;
      }
      case 's': options.text = optarg; break;
      case 't': {
        const auto seconds = parse_number(optarg, 1'000'000'000);
        if (!seconds) return fail("\"{}\" is not a number of seconds", optarg);
        options.timeout_s = static_cast<unsigned>(*seconds);
        break;
      }
      default: return fail("{}", "");
    }
  }
  if (options.text.size() > wire::kConfigStringBytesMax) {
    return fail("the string has {} bytes; a config string has at most {}", options.text.size(),
                wire::kConfigStringBytesMax);
  }
  if (Status status = take_positional(argv.subspan(static_cast<std::size_t>(optind)), options); !status) {
    return tl::unexpected(status.error());
  }
  return options;
}

}  // namespace aoekit::aoetools
