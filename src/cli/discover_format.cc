// The table of targets and its JSON twin.
#include "cli/discover_format.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/text.h"

namespace aoekit::cli {

std::string format_discovered(const std::vector<Discovered>& found) {
  std::vector<std::vector<std::string>> rows{
      {"TARGET", "INTERFACE", "MAC", "SIZE", "BUFFERS", "SECTORS/FRAME", "MODEL", "CONFIG"}};
  for (const auto& [target, page] : found) {
    rows.push_back({target.address.to_string(), target.interface, target.mac.to_string(),
                    page ? human_size(page->size.bytes()) : "?", std::to_string(target.buffer_count),
                    std::to_string(target.sectors_per_frame), page ? printable(bytes_of(page->model)) : "?",
                    printable(bytes_of(target.config_string))});
  }
  return table(rows);
}

nlohmann::ordered_json discovered_json(const std::vector<Discovered>& found) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [target, page] : found) {
    nlohmann::ordered_json entry{{"address", target.address.to_string()},
                                 {"shelf", target.address.shelf},
                                 {"slot", target.address.slot},
                                 {"interface", target.interface},
                                 {"mac", target.mac.to_string()},
                                 {"buffers", target.buffer_count},
                                 {"sectors_per_frame", target.sectors_per_frame},
                                 {"firmware_version", target.firmware},
                                 {"config_string", printable(bytes_of(target.config_string))}};
    if (page) {
      entry["sectors"] = page->size.count;
      entry["bytes"] = page->size.bytes();
      entry["model"] = page->model;
      entry["serial"] = page->serial;
      entry["firmware"] = page->firmware;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace aoekit::cli
