// Reading quantities with units.
#include "cli/chaos_options.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace aoekit::cli {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array<Unit, 4> kTimes = {{{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}}};
constexpr std::array<Unit, 4> kRates = {{{"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"", 1}}};
constexpr Duration kDurationMax = std::chrono::hours(24 * 365);

struct Quantity {
  double number = 0;
  std::string_view unit;
};

std::optional<Quantity> split(std::string_view text) {
  Quantity quantity;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), quantity.number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(quantity.number) || quantity.number < 0 || std::signbit(quantity.number)) {
    return std::nullopt;
  }
  quantity.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  return quantity;
}

std::optional<double> scaled(std::string_view text, std::span<const Unit> units) {
  const auto quantity = split(text);
  if (!quantity) return std::nullopt;
  for (const Unit& unit : units) {
    if (quantity->unit == unit.name) return quantity->number * unit.factor;
  }
  return std::nullopt;
}

std::string percent_text(chaos::Probability probability) { return fmt::format("{:.6g}%", probability * 100); }

}  // namespace

Result<chaos::Probability> parse_percentage(std::string_view text) {
  const auto quantity = split(text);
  if (!quantity || quantity->unit != "%" || quantity->number > 100) {
    return fail("'{}' is not a percentage from 0% to 100%, like 0.5%", text);
  }
  return quantity->number / 100;
}

Result<Duration> parse_duration(std::string_view text) {
  const auto nanoseconds = scaled(text, kTimes);
  if (!nanoseconds) return fail("'{}' is not a time with its unit, like 20us, 1.5ms, 2s or 3m", text);
  if (*nanoseconds > static_cast<double>(kDurationMax.count())) return fail("'{}' is longer than a year", text);
  return Duration(std::llround(*nanoseconds));
}

Result<chaos::DurationRange> parse_duration_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  const auto shortest = parse_duration(text.substr(0, dots));
  if (!shortest) return tl::unexpected(shortest.error());
  if (dots == std::string_view::npos) return chaos::DurationRange{*shortest, *shortest};
  const auto longest = parse_duration(text.substr(dots + 2));
  if (!longest) return tl::unexpected(longest.error());
  if (*longest < *shortest) return fail("'{}': the second time is shorter than the first", text);
  return chaos::DurationRange{*shortest, *longest};
}

Result<chaos::CutOptions> parse_cut(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return fail("'{}' has no period: write it like 2s..5s/30s", text);
  const auto length = parse_duration_range(text.substr(0, slash));
  if (!length) return tl::unexpected(length.error());
  const auto period = parse_duration(text.substr(slash + 1));
  if (!period) return tl::unexpected(period.error());
  if (*period <= Duration{} || length->longest > *period) {
    return fail("'{}': the silence is longer than its period", text);
  }
  return chaos::CutOptions{*length, *period};
}

Result<std::uint64_t> parse_rate(std::string_view text) {
  constexpr double kSlowest = 1e3;
  constexpr double kFastest = 1e12;
  const auto bits = scaled(text, kRates);
  if (!bits || *bits < kSlowest || *bits > kFastest) {
    return fail("'{}' is not a rate from 1k to 1000G bits per second, like 100M", text);
  }
  return static_cast<std::uint64_t>(*bits);
}

std::string duration_text(Duration duration) {
  const auto ns = static_cast<double>(duration.count());
  const Unit& unit = ns < 1e6 ? kTimes[0] : ns < 1e9 ? kTimes[1] : kTimes[2];
  return fmt::format("{:.6g}{}", ns / unit.factor, unit.name);
}

std::string duration_range_text(const chaos::DurationRange& range) {
  if (range.shortest == range.longest) return duration_text(range.shortest);
  return fmt::format("{}..{}", duration_text(range.shortest), duration_text(range.longest));
}

std::string faults_text(const chaos::FaultOptions& faults) {
  std::string text;
  const auto add = [&text](const std::string& fault) { text += (text.empty() ? "" : ", ") + fault; };
  if (faults.loss > 0) add("loss " + percent_text(faults.loss));
  if (faults.duplicate > 0) add("duplicate " + percent_text(faults.duplicate));
  if (faults.delay.longest > Duration{}) add("delay " + duration_range_text(faults.delay));
  if (faults.reorder > 0) {
    add(fmt::format("reorder {} by up to {}", percent_text(faults.reorder), duration_text(faults.reorder_hold)));
  }
  if (faults.corrupt > 0) add("corrupt " + percent_text(faults.corrupt));
  if (faults.bits_per_second > 0) {
    add(fmt::format("rate {:.6g} Mbit/s", static_cast<double>(faults.bits_per_second) / 1e6));
  }
  if (faults.payload_bytes_max > 0) add(fmt::format("no frame above MTU {}", faults.payload_bytes_max));
  if (faults.cut) {
    add(fmt::format("cut for {} in each {}", duration_range_text(faults.cut->length),
                    duration_text(faults.cut->period)));
  }
  if (text.empty()) return "nothing";
  return faults.afflicted == chaos::Afflicted::aoe_only ? text + ", of AoE frames only" : text;
}

}  // namespace aoekit::cli
