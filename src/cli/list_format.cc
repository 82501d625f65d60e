// The table and the JSON of `aoe list`.
#include "cli/list_format.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/text.h"
#include "wire/mac_address.h"

namespace aoekit::cli {
namespace {

std::string mac_text(const aoe_path_status& path) { return wire::MacAddress::from_bytes(path.mac).to_string(); }

std::string uses_text(const std::vector<LocalUse>& uses) {
  std::string text;
  for (const LocalUse& use : uses) text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", use.client, use.state);
  return text.empty() ? "-" : text;
}

std::span<const aoe_path_status> paths_of(const aoe_disk_status& status) {
  return {status.paths, std::min<std::size_t>(status.path_count, AOE_PATHS_MAX)};
}

std::vector<std::string> row_of(const ListedDisk& disk, const aoe_path_status* path) {
  const aoe_disk_status& status = disk.status;
  const bool first = path == nullptr || path == status.paths;
  std::vector<std::string> row{"", "", "", ""};
  if (first) {
    row = {disk_name(status), state_name(status), status.size_bytes == 0 ? "?" : human_size(status.size_bytes),
           printable(bytes_of(status.model))};
  }
  if (path == nullptr) {
    row.insert(row.end(), 7, "-");
  } else {
    row.insert(row.end(), {path->interface, mac_text(*path), state_name(*path), std::to_string(path->payload_bytes),
                           round_trip_text(path->round_trip_us),
                           fmt::format("{}/{}", path->frames_retransmitted, path->frames_sent),
                           std::to_string(path->timeouts)});
  }
  row.push_back(first ? std::to_string(status.requests_failed) : "");
  row.push_back(first ? uses_text(disk.uses) : "");
  return row;
}

void add_rows(const ListedDisk& disk, std::vector<std::vector<std::string>>& rows) {
  if (disk.status.path_count == 0) rows.push_back(row_of(disk, nullptr));
  for (const aoe_path_status& path : paths_of(disk.status)) rows.push_back(row_of(disk, &path));
}

nlohmann::ordered_json path_json(const aoe_path_status& path) {
  return {{"interface", path.interface},
          {"mac", mac_text(path)},
          {"state", state_name(path)},
          {"payload_bytes", path.payload_bytes},
          {"buffers", path.buffers},
          {"window", path.window},
          {"in_flight", path.in_flight},
          {"round_trip_us", path.round_trip_us},
          {"frames_sent", path.frames_sent},
          {"frames_retransmitted", path.frames_retransmitted},
          {"timeouts", path.timeouts}};
}

}  // namespace

std::string disk_name(const aoe_disk_status& status) { return fmt::format("e{}.{}", status.shelf, status.slot); }

const char* state_name(const aoe_disk_status& status) {
  switch (status.state) {
    case AOE_DISK_FOUND: return "found";
    case AOE_DISK_UP: return "up";
    case AOE_DISK_SILENT: return "silent";
    case AOE_DISK_DOWN: return "down";
    case AOE_DISK_REPLACED: return "replaced";
    default: return "?";
  }
}

const char* state_name(const aoe_path_status& path) {
  switch (path.state) {
    case AOE_PATH_UP: return "up";
    case AOE_PATH_SUSPECT: return "suspect";
    case AOE_PATH_DOWN: return "down";
    case AOE_PATH_REFUSED: return "refused";
    default: return "?";
  }
}

std::string round_trip_text(std::uint32_t round_trip_us) {
  if (round_trip_us == 0) return "-";
  if (round_trip_us < 1000) return fmt::format("{} us", round_trip_us);
  return fmt::format("{:.2f} ms", round_trip_us / 1000.0);
}

std::string format_list(const std::vector<ListedDisk>& disks) {
  std::vector<std::vector<std::string>> rows{{"TARGET", "STATE", "SIZE", "MODEL", "INTERFACE", "MAC", "PATH", "PAYLOAD",
                                              "ROUND TRIP", "RESENT/SENT", "TIMEOUTS", "ERRORS", "USED HERE BY"}};
  for (const ListedDisk& disk : disks) add_rows(disk, rows);
  return table(rows);
}

std::string format_list_lines(const ListedDisk& disk) {
  std::vector<std::vector<std::string>> rows;
  add_rows(disk, rows);
  return table(rows);
}

nlohmann::ordered_json list_json(const std::vector<ListedDisk>& disks) {
  auto list = nlohmann::ordered_json::array();
  for (const ListedDisk& disk : disks) {
    const aoe_disk_status& status = disk.status;
    nlohmann::ordered_json entry{{"address", disk_name(status)},
                                 {"shelf", status.shelf},
                                 {"slot", status.slot},
                                 {"state", state_name(status)},
                                 {"bytes", status.size_bytes},
                                 {"model", status.model},
                                 {"serial", status.serial},
                                 {"firmware", status.firmware},
                                 {"firmware_version", status.config_firmware},
                                 {"physical_sector_bytes", status.physical_sector_bytes},
                                 {"payload_bytes", status.payload_bytes},
                                 {"rotation_rate", status.rotation_rate},
                                 {"can_flush", (status.flags & AOE_DISK_CAN_FLUSH) != 0},
                                 {"can_fua", (status.flags & AOE_DISK_CAN_FUA) != 0},
                                 {"can_trim", (status.flags & AOE_DISK_CAN_TRIM) != 0},
                                 {"trim_zeroes", (status.flags & AOE_DISK_TRIM_ZEROES) != 0},
                                 {"write_cache", (status.flags & AOE_DISK_WRITE_CACHE) != 0},
                                 {"requests_failed", status.requests_failed}};
    entry["paths"] = nlohmann::ordered_json::array();
    for (const aoe_path_status& path : paths_of(status)) entry["paths"].push_back(path_json(path));
    entry["used_by"] = nlohmann::ordered_json::array();
    for (const LocalUse& use : disk.uses) entry["used_by"].push_back({{"client", use.client}, {"state", use.state}});
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace aoekit::cli
