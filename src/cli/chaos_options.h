// The quantities on the command line of `aoe chaos`: probabilities, times, rates and gaps, read and written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "chaos/fault_options.h"

namespace aoekit::cli {

// "1%", "0.5%"; 0% to 100%.
Result<chaos::Probability> parse_percentage(std::string_view text);
// "20us", "1.5ms", "2s", "3m" (minutes).
Result<Duration> parse_duration(std::string_view text);
// "5ms", or "1ms..20ms".
Result<chaos::DurationRange> parse_duration_range(std::string_view text);
// "2s/30s", or "2s..5s/30s": silent for 2 to 5 s in every 30 s.
Result<chaos::CutOptions> parse_cut(std::string_view text);
// Bits per second: "100M", "1G", "64k" (powers of 1000).
Result<std::uint64_t> parse_rate(std::string_view text);

// In the units that parse_duration reads: "20us", "1.5ms", "2s".
std::string duration_text(Duration duration);
std::string duration_range_text(const chaos::DurationRange& range);
// "loss 1%, delay 1ms..20ms", or "nothing".
std::string faults_text(const chaos::FaultOptions& faults);

enum class ChaosDirection : std::uint8_t { both, a_to_b, b_to_a };

// The whole command line, understood.
struct ChaosSettings {
  std::string interface_a;
  std::string interface_b;
  chaos::FaultOptions faults;
  ChaosDirection direction = ChaosDirection::both;
  std::uint64_t seed = 0;
  std::optional<Duration> duration;        // nothing: until Ctrl-C
  std::optional<Duration> stats_interval;  // nothing: statistics at the end only
  bool json = false;
};

}  // namespace aoekit::cli
