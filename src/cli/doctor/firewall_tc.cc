// Traffic control: filters whose action drops.
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/doctor/firewall.h"

namespace aoekit::cli::doctor {
namespace {

using nlohmann::json;

bool drops(const json& options) {
  const auto actions = options.find("actions");
  if (actions == options.end() || !actions->is_array()) return false;
  return std::any_of(actions->begin(), actions->end(), [](const json& action) {
    const auto control = action.find("control_action");
    return control != action.end() && control->value("type", "") == "drop";
  });
}

// Whether the filter takes every frame of its protocol.
bool takes_all(const std::string& kind, const json& options) {
  if (kind == "matchall") return true;
  const auto keys = options.find("keys");
  return kind == "flower" && (keys == options.end() || keys->empty() ||
                              (keys->is_object() && keys->size() == 1 && keys->contains("eth_type")));
}

}  // namespace

std::vector<Block> tc_blocks(const json& filters, const std::string& interface, Block::Direction direction) {
  std::vector<Block> blocks;
  if (!filters.is_array()) return blocks;
  const char* side = direction == Block::Direction::in ? "ingress" : "egress";
  for (const json& filter : filters) {
    const std::string protocol = filter.value("protocol", ""), kind = filter.value("kind", "");
    const bool aoe = protocol == "aoe" || protocol == "[34978]" || protocol == "0x88a2";
    const auto options = filter.find("options");
    if ((!aoe && protocol != "all") || options == filter.end() || !drops(*options)) continue;
    const int preference = filter.value("pref", 0);
    blocks.push_back({interface, direction, takes_all(kind, *options),
                      fmt::format("tc {} filter {} of {}, {}", kind, preference, interface, side),
                      fmt::format("tc filter del dev {} {} pref {}", interface, side, preference)});
  }
  return blocks;
}

}  // namespace aoekit::cli::doctor
