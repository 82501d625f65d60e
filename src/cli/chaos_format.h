// What `aoe chaos` prints: its settings, news and statistics, as text and as JSON.
#pragma once

#include <array>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/time.h"
#include "chaos/faulty_link.h"
#include "cli/chaos_options.h"

namespace aoekit::cli {

// One direction: what the link did, and what the machine that runs it could not keep up with.
struct ChaosDirectionCounters {
  chaos::LinkCounters link;
  std::uint64_t not_received = 0;  // lost before the link: receive buffer full, or too long for this program
  std::uint64_t not_sent = 0;      // refused by the far interface
};

struct ChaosStatistics {
  Duration elapsed{};
  std::array<ChaosDirectionCounters, 2> directions;  // a to b, b to a
};

// First line(s): "CHAOS eth1 <-> eth2, seed 7" and the faults of each direction.
std::string format_chaos_settings(const ChaosSettings& settings);
nlohmann::ordered_json chaos_settings_json(const ChaosSettings& settings);
std::string format_chaos_statistics(const ChaosSettings& settings, const ChaosStatistics& statistics);
nlohmann::ordered_json chaos_statistics_json(const ChaosSettings& settings, const ChaosStatistics& statistics);

}  // namespace aoekit::cli
