// The parameters' grammar and their limits.
#include "frontend/nbdkit/parameters.h"

#include <array>
#include <charconv>

#include "lib/aoekit.h"

namespace aoekit::nbd {
namespace {

// Half a year; in milliseconds it must fit an int.
constexpr std::uint32_t kSecondsMax = 2'000'000;
constexpr std::uint32_t kShelfMax = AOE_ANY_SHELF - 1;
constexpr std::uint32_t kSlotMax = AOE_ANY_SLOT - 1;

Result<std::uint32_t> parse_number(std::string_view key, const std::string& value, std::uint32_t min,
                                   std::uint32_t max) {
  std::uint32_t number = 0;
  const char* end = value.data() + value.size();
  const auto [stopped, wrong] = std::from_chars(value.data(), end, number);
  if (wrong != std::errc{} || stopped != end || number < min || number > max) {
    return fail("{}={}: a number from {} to {} is wanted", key, value, min, max);
  }
  return number;
}

Result<bool> parse_yes_no(std::string_view key, const std::string& value) {
  for (const char* yes : {"1", "yes", "true", "on"}) {
    if (value == yes) return true;
  }
  for (const char* no : {"0", "no", "false", "off"}) {
    if (value == no) return false;
  }
  return fail("{}={}: say yes or no", key, value);
}

struct ParsedAddress {
  DiskName disk;
  std::string interfaces;
};

Result<ParsedAddress> parse_address(const std::string& text) {
  ParsedAddress parsed;
  std::array<char, 512> interfaces{};
  if (aoe_parse_address(text.c_str(), &parsed.disk.shelf, &parsed.disk.slot, interfaces.data(), interfaces.size()) < 0) {
    return fail("{}", aoe_error());
  }
  parsed.interfaces = interfaces.data();
  return parsed;
}

}  // namespace

std::string DiskName::to_string() const { return fmt::format("e{}.{}", shelf, slot); }

Result<DiskName> parse_export_name(const std::string& name) {
  const auto parsed = parse_address(name);
  if (!parsed) return fail("there is no export '{}': exports are named after the disk's address, like e1.2", name);
  if (!parsed->interfaces.empty()) return fail("the export name '{}' must not choose interfaces: say e1.2", name);
  return parsed->disk;
}

Status Parameters::set(std::string_view key, const std::string& value) {
  if (key == "address") return set_address(value);
  if (key == "shelf") {
    const auto number = parse_number(key, value, 0, kShelfMax);
    if (!number) return tl::unexpected(number.error());
    shelf_ = static_cast<std::uint16_t>(*number);
  } else if (key == "slot") {
    const auto number = parse_number(key, value, 0, kSlotMax);
    if (!number) return tl::unexpected(number.error());
    slot_ = static_cast<std::uint8_t>(*number);
  } else if (key == "interface") {
    if (value.empty()) return fail("interface=: the name of an interface is missing, like interface=eth0");
    interfaces_ += (interfaces_.empty() ? "" : ",") + value;
  } else if (key == "dead-seconds") {
    const auto number = parse_number(key, value, 1, kSecondsMax);
    if (!number) return tl::unexpected(number.error());
    dead_seconds_ = *number;
  } else if (key == "wait-forever") {
    const auto yes = parse_yes_no(key, value);
    if (!yes) return tl::unexpected(yes.error());
    wait_forever_ = *yes;
  } else if (key == "find-seconds") {
    const auto number = parse_number(key, value, 0, kSecondsMax);
    if (!number) return tl::unexpected(number.error());
    find_seconds_ = *number;
  } else {
    return fail("unknown parameter '{}': there are address, shelf, slot, interface, dead-seconds, wait-forever and "
                "find-seconds", key);
  }
  return {};
}

Status Parameters::set_address(const std::string& value) {
  const auto parsed = parse_address(value);
  if (!parsed) return tl::unexpected(parsed.error());
  if (address_) return fail("{}: only one address can be given; without any, all disks are exported", value);
  address_ = parsed->disk;
  if (!parsed->interfaces.empty()) interfaces_ += (interfaces_.empty() ? "" : ",") + parsed->interfaces;
  return {};
}

Status Parameters::check() const {
  if (address_ && (shelf_ || slot_)) {
    return fail("the disk is named twice, by its address and by shelf and slot: leave one of them out");
  }
  if (shelf_ && !slot_) return fail("shelf={} needs a slot, like slot=0; without both, all disks are exported", *shelf_);
  if (slot_ && !shelf_) return fail("slot={} needs a shelf, like shelf=1; without both, all disks are exported", *slot_);
  if (wait_forever_ && dead_seconds_) {
    return fail("dead-seconds and wait-forever exclude each other: leave one of them out");
  }
  return {};
}

std::optional<DiskName> Parameters::disk() const {
  if (address_) return address_;
  if (shelf_ && slot_) return DiskName{*shelf_, *slot_};
  return std::nullopt;
}

}  // namespace aoekit::nbd
