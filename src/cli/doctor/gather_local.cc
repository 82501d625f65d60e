// Clients on this machine, and its firewalls.
#include <sys/utsname.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/doctor/firewall.h"
#include "cli/doctor/gather.h"
#include "cli/local_use.h"

namespace aoekit::cli::doctor {
namespace {

using nlohmann::json;

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string first_line(const std::string& text) { return text.substr(0, text.find_first_of("\n")); }

bool driver_installed() {
  utsname kernel{};
  if (::uname(&kernel) != 0) return false;
  const std::string modules = std::string("/lib/modules/") + kernel.release;
  for (const char* list : {"/modules.dep", "/modules.builtin"}) {
    if (read_text(modules + list).find("/aoe.ko") != std::string::npos) return true;
  }
  return false;
}

// What a command prints; nothing if there is no such command or it fails. `command` is ours, never a user's text.
std::optional<std::string> output_of(const std::string& command) {
  FILE* pipe = ::popen(("PATH=$PATH:/usr/sbin:/sbin; " + command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string output;
  std::array<char, 4096> block{};
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), pipe)) output.append(block.data(), got);
  if (::pclose(pipe) != 0) return std::nullopt;
  return output;
}

// A name that cannot mean anything to a shell: interface and chain names are other people's texts.
bool plain(const std::string& text) {
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@:-";
  return !text.empty() && text[0] != '-' && text.find_first_not_of(kPlain) == std::string::npos;
}

// nft 1.0.6 does not say in its JSON which interfaces a netdev chain is for; in its text it does.
void add_devices(json& ruleset) {
  if (!ruleset.contains("nftables") || !ruleset["nftables"].is_array()) return;
  for (json& entry : ruleset["nftables"]) {
    if (!entry.contains("chain") || !entry["chain"].contains("hook") || entry["chain"].contains("dev")) continue;
    json& chain = entry["chain"];
    const std::string family = chain.value("family", ""), table = chain.value("table", ""),
                      name = chain.value("name", "");
    if ((family != "netdev" && family != "inet") || !plain(table) || !plain(name)) continue;
    const auto text = output_of("nft list chain " + family + " " + table + " " + name);
    if (!text) continue;
    if (const auto devices = chain_devices(*text); !devices.empty()) chain["dev"] = devices;
  }
}

void ask_nft(Facts& facts) {
  const auto text = output_of("nft -j list ruleset");
  if (!text) {
    if (!output_of("nft --version")) {
      facts.not_looked_at.push_back("nftables rules were not looked at: nft is not installed");
    } else {
      facts.not_looked_at.push_back("nftables rules were not looked at: nft cannot list them (root can)");
    }
    return;
  }
  json ruleset = json::parse(*text, nullptr, false);
  if (ruleset.is_discarded()) {
    facts.not_looked_at.push_back("nftables rules were not looked at: nft's output cannot be read");
    return;
  }
  add_devices(ruleset);
  const auto blocks = nft_blocks(ruleset, facts.interfaces);
  facts.blocks.insert(facts.blocks.end(), blocks.begin(), blocks.end());
}

void ask_tc(const std::string& interface, Block::Direction direction, Facts& facts) {
  const char* side = direction == Block::Direction::in ? "ingress" : "egress";
  const auto text = output_of("tc -j filter show dev " + interface + " " + side);
  const json filters = text ? json::parse(*text, nullptr, false) : json();
  const auto blocks = tc_blocks(filters, interface, direction);
  facts.blocks.insert(facts.blocks.end(), blocks.begin(), blocks.end());
}

}  // namespace

LocalFacts gather_local() {
  LocalFacts local;
  std::error_code ignored;
  local.driver_loaded = std::filesystem::is_directory("/sys/module/aoe", ignored);
  local.driver_installed = local.driver_loaded || driver_installed();
  local.driver_version = first_line(read_text("/sys/module/aoe/version"));
  std::string list = first_line(read_text("/sys/module/aoe/parameters/aoe_iflist"));
  for (char& c : list) {
    if (c == ',' || c == '\0') c = ' ';
  }
  std::istringstream names(list);
  for (std::string name; names >> name;) local.driver_interfaces.push_back(name);
  local.aoefuse_mounts = aoefuse_mounts(read_text("/proc/self/mounts"));
  for (const auto& [name, uses] : find_local_uses()) {
    for (const LocalUse& use : uses) local.uses[name].push_back({use.client, use.state});
  }
  return local;
}

void gather_firewall(Facts& facts) {
  ask_nft(facts);
  for (const InterfaceFacts& one : facts.interfaces) {
    if (!one.exists || !plain(one.name)) continue;
    ask_tc(one.name, Block::Direction::in, facts);
    ask_tc(one.name, Block::Direction::out, facts);
  }
}

}  // namespace aoekit::cli::doctor
