// Parsing and printing of sizes and times.
#include "config/quantity.h"

#include <array>
#include <charconv>
#include <limits>

#include "base/units.h"

namespace aoekit::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::uint64_t kKi = 1024, kK = 1000;
// From the largest to the smallest: formatting takes the first that fits.
constexpr Unit kSizes[] = {
    {"PiB", kKi * kKi * kKi * kKi * kKi}, {"TiB", kKi * kKi * kKi * kKi}, {"GiB", kKi * kKi * kKi},
    {"MiB", kKi * kKi}, {"KiB", kKi}, {"s", kSectorBytes},
};
constexpr Unit kMoreSizes[] = {
    {"", 1}, {"B", 1}, {"K", kKi}, {"k", kKi}, {"M", kKi * kKi}, {"G", kKi * kKi * kKi}, {"T", kKi * kKi * kKi * kKi},
    {"P", kKi * kKi * kKi * kKi * kKi}, {"kB", kK}, {"KB", kK}, {"MB", kK * kK}, {"GB", kK * kK * kK},
    {"TB", kK * kK * kK * kK}, {"PB", kK * kK * kK * kK * kK},
};
constexpr Unit kTimes[] = {
    {"d", 86'400'000'000'000}, {"h", 3'600'000'000'000}, {"min", 60'000'000'000}, {"s", 1'000'000'000},
    {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1},
};
constexpr std::uint64_t kTimeMax = std::uint64_t{100} * 365 * 86'400'000'000'000;

struct Parts {
  std::uint64_t number;
  std::string_view unit;
};

// "10 GiB" is "10GiB".
Result<Parts> split(std::string_view text) {
  Parts parts{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts.number);
  if (error == std::errc::result_out_of_range) return fail("'{}' is too large", text);
  if (error != std::errc{}) return fail("'{}' does not begin with a whole number", text);
  parts.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (parts.unit.starts_with(' ')) parts.unit.remove_prefix(1);
  return parts;
}

Result<std::uint64_t> times(std::string_view text, const Parts& parts, std::uint64_t factor, std::uint64_t max) {
  if (parts.number > max / factor) return fail("'{}' is too large", text);
  return parts.number * factor;
}

}  // namespace

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return tl::unexpected(parts.error());
  const auto max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  for (const Unit& unit : kSizes) {
    if (unit.name == parts->unit) return times(text, *parts, unit.factor, max);
  }
  for (const Unit& unit : kMoreSizes) {
    if (unit.name == parts->unit) return times(text, *parts, unit.factor, max);
  }
  if (parts->unit.starts_with('.') || parts->unit.starts_with(',')) {
    return fail("'{}' is not a whole number", text);
  }
  return fail("'{}' has the unknown unit '{}'", text, parts->unit);
}

std::string format_bytes(std::uint64_t bytes) {
  for (const Unit& unit : kSizes) {
    if (bytes != 0 && bytes % unit.factor == 0) return fmt::format("{}{}", bytes / unit.factor, unit.name);
  }
  return std::to_string(bytes);
}

Result<Duration> parse_duration(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return tl::unexpected(parts.error());
  for (const Unit& unit : kTimes) {
    if (unit.name != parts->unit) continue;
    const auto count = times(text, *parts, unit.factor, kTimeMax);
    if (!count) return tl::unexpected(count.error());
    return Duration(static_cast<std::int64_t>(*count));
  }
  if (parts->unit.empty()) return fail("'{}' has no unit", text);
  return fail("'{}' has the unknown unit '{}'", text, parts->unit);
}

std::string format_duration(Duration duration) {
  const auto count = static_cast<std::uint64_t>(duration.count());
  for (const Unit& unit : kTimes) {
    if (count != 0 && count % unit.factor == 0) return fmt::format("{}{}", count / unit.factor, unit.name);
  }
  return "0s";
}

}  // namespace aoekit::config
