// How `aoe list` shows disks: a table with a line for each path, and its JSON twin.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/local_use.h"
#include "lib/aoekit.h"

namespace aoekit::cli {

// A disk as libaoekit sees it, and who on this machine has it.
struct ListedDisk {
  aoe_disk_status status{};
  std::vector<LocalUse> uses{};
};

std::string disk_name(const aoe_disk_status& status);  // "e1.2"
const char* state_name(const aoe_disk_status& status);
const char* state_name(const aoe_path_status& path);
// "0.21 ms", "35 us"; "-" when not measured.
std::string round_trip_text(std::uint32_t round_trip_us);

// The table, with a heading.
std::string format_list(const std::vector<ListedDisk>& disks);
// The lines of one disk, without.
std::string format_list_lines(const ListedDisk& disk);
nlohmann::ordered_json list_json(const std::vector<ListedDisk>& disks);

}  // namespace aoekit::cli
