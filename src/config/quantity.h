// Sizes and times as administrators write them: "1MiB", "10G", "2048s", "50us", "5min".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace aoekit::config {

// Bytes. A whole number and a unit: B (or none), K M G T P and KiB MiB GiB TiB PiB (powers of 1024), kB MB GB TB PB
// (powers of 1000), s (sectors of 512 bytes). At most INT64_MAX. An Error's message has no file or key.
Result<std::uint64_t> parse_bytes(std::string_view text);
// The shortest exact way to write it: "10GiB", "3s", "1000".
std::string format_bytes(std::uint64_t bytes);

// A whole number and a unit: ns us ms s min h d. At most 100 years.
Result<Duration> parse_duration(std::string_view text);
std::string format_duration(Duration duration);  // REQUIRES duration >= 0

}  // namespace aoekit::config
