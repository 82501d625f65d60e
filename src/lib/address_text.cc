// Parsing by splitting.
#include "lib/address_text.h"

#include <net/if.h>

#include <cerrno>

namespace aoekit::lib {
namespace {

constexpr std::string_view kScheme = "aoe://";

bool is_interface_name(std::string_view name) {
  return !name.empty() && name.size() < IFNAMSIZ && name.find_first_of("/ \t\n:") == std::string_view::npos;
}

}  // namespace

Result<std::vector<std::string>> parse_interfaces(std::string_view text) {
  std::vector<std::string> names;
  if (text.empty()) return names;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    if (!is_interface_name(name)) {
      return tl::unexpected(Error{fmt::format("'{}' is not an interface's name (expected a list like eth0,eth1)", name),
                                  EINVAL});
    }
    names.emplace_back(name);
    if (comma == std::string_view::npos) return names;
    text.remove_prefix(comma + 1);
  }
}

Result<ParsedAddress> parse_disk_address(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return tl::unexpected(Error{fmt::format("'{}' is not the address of a disk: {} (expected eSHELF.SLOT like e1.2, or "
                                            "aoe://INTERFACE/SHELF.SLOT)", text, why), EINVAL});
  };
  ParsedAddress parsed;
  std::string_view rest = text;
  if (rest.starts_with(kScheme)) {
    rest.remove_prefix(kScheme.size());
    if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
      auto interfaces = parse_interfaces(rest.substr(0, slash));
      if (!interfaces) return bad(interfaces.error().message);
      if (interfaces->empty()) return bad("the interface is missing");
      parsed.interfaces = std::move(*interfaces);
      rest.remove_prefix(slash + 1);
    }
  }
  const auto address = wire::AoeAddress::parse(rest);
  if (!address) return bad("shelf 0-65534, a dot and slot 0-254 are needed");
  if (!address->is_valid_target()) return bad("65535 and 255 mean every shelf and slot");
  parsed.address = *address;
  return parsed;
}

}  // namespace aoekit::lib
