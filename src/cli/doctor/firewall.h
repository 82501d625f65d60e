// Which firewall rules drop AoE frames: a small evaluation of what nft(8) and tc(8) print as JSON. Pure.
//
// A rule is looked at as AoE frames of one interface meet it. Each of its matches says yes, no, or "cannot be told"
// (MAC addresses, counters, limits, sets by name); a drop behind one that cannot be told is reported as not certain.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/doctor/facts.h"

namespace aoekit::cli::doctor {

// What drops AoE frames according to `ruleset` (nft -j list ruleset) on one of the interfaces, or in a bridge of this
// machine. Only the families that see AoE frames count: netdev, inet's ingress, bridge.
std::vector<Block> nft_blocks(const nlohmann::json& ruleset, std::span<const InterfaceFacts> interfaces);

// The interfaces in the text of a base chain (nft list chain): nft 1.0.6 leaves them out of its JSON.
std::vector<std::string> chain_devices(const std::string& chain_text);

// What drops AoE frames according to `filters` (tc -j filter show dev IF ingress|egress).
std::vector<Block> tc_blocks(const nlohmann::json& filters, const std::string& interface, Block::Direction direction);

}  // namespace aoekit::cli::doctor
