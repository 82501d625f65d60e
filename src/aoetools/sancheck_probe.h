// Finding all targets on all interfaces, and how large a frame each path carries.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "aoetools/sancheck_report.h"
#include "aoetools/wire_link.h"
#include "base/result.h"

namespace aoekit::aoetools {

// Every interface that AoE could go over: loopback and those without ARP excepted, sorted by name.
Result<std::vector<SanInterface>> san_interfaces();

// One link for each interface; nothing where it could not be opened. Asks everybody, and collects who answers for about
// two seconds. The paths' measured_sectors are 0.
std::vector<SanPath> find_paths(std::span<std::optional<WireLink>> links);

// Sends IDENTIFY requests with data behind them that fill frames of every size up to the interface's MTU, and returns
// the largest number of sectors that was answered; 0 if none was.
std::uint32_t measure_path(WireLink& link, const SanPath& path);

}  // namespace aoekit::aoetools
