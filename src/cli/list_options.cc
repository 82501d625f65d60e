// Shared options and output of the two lists.
#include "cli/list_options.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/report.h"

namespace aoekit::cli {

void add_list_options(CLI::App& app, ListOptions& options, const std::string& operation_help) {
  add_address_argument(app, options.address);
  app.add_option("OPERATION", options.operation, operation_help)->type_name(" ");
  app.add_option("MAC", options.macs, "Stations, like 02:00:00:00:00:01")->type_name(" ");
  add_network_options(app, options.network);
  add_json_option(app, options.json);
}

Result<MacList> parse_macs(const std::vector<std::string>& texts) {
  static_assert(wire::kMaskEntriesMax == wire::kReserveEntriesMax);
  if (texts.size() > wire::kMaskEntriesMax) {
    return fail("{} stations are too many for one request; {} is the limit", texts.size(), wire::kMaskEntriesMax);
  }
  MacList macs;
  for (const std::string& text : texts) {
    const auto mac = wire::MacAddress::parse(text);
    if (!mac) return tl::unexpected(mac.error());
    macs.push_back(*mac);
  }
  return macs;
}

void print_macs(const MacList& macs, const ListOptions& options, const char* key, const char* when_empty) {
  if (options.json) {
    auto list = nlohmann::ordered_json::array();
    for (const wire::MacAddress& mac : macs) list.push_back(mac.to_string());
    print_json({{"address", options.address.to_string()}, {key, std::move(list)}});
    return;
  }
  for (const wire::MacAddress& mac : macs) fmt::print("{}\n", mac.to_string());
  if (macs.empty()) fmt::print("{}\n", when_empty);
}

}  // namespace aoekit::cli
