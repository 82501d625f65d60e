// Stations by name, groups of groups, and the mistakes that can be made with them.
#include "config/names.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <sstream>

#include "base/nearest.h"

namespace aoekit::config {
namespace {

constexpr std::string_view kMacRemedy = "write 12 hex digits, like \"00:11:22:aa:bb:cc\"";

// ethers(5) allows bytes of one digit: 8:0:20:a:b:c.
std::optional<wire::MacAddress> parse_ethers_mac(std::string_view text) {
  std::string padded;
  std::string byte;
  for (const char c : std::string(text) + ":") {
    if (c != ':') {
      byte += c;
      continue;
    }
    if (byte.empty() || byte.size() > 2) return std::nullopt;
    padded += byte.size() == 1 ? "0" + byte : byte;
    byte.clear();
  }
  const auto mac = wire::MacAddress::parse(padded);
  return mac ? std::optional(*mac) : std::nullopt;
}

void sort_unique(std::vector<wire::MacAddress>& macs) {
  std::sort(macs.begin(), macs.end());
  macs.erase(std::unique(macs.begin(), macs.end()), macs.end());
}

// A word that is meant as a MAC address, right or wrong.
bool looks_like_mac(std::string_view word) { return word.find(':') != std::string_view::npos; }

std::string suggestion(const std::string& word, const NameScope& scope) {
  std::vector<std::string> known;
  for (const auto& [name, mac] : scope.names.stations) known.push_back(name);
  for (const auto& [name, macs] : scope.names.groups) known.push_back(name);
  const std::string meant = nearest(word, known);
  return meant.empty() ? "define it in [stations], [groups] or /etc/ethers, or write a MAC address"
                       : fmt::format("did you mean '{}'?", meant);
}

}  // namespace

bool is_good_name(std::string_view name) {
  const bool good = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
  });
  return good && !name.empty() && name.size() <= 255 && !wire::MacAddress::parse(name);
}

void NamesReader::say(Severity severity, Place place, std::string message, std::string remedy) {
  problems_->push_back({severity, std::move(place), std::move(message), std::move(remedy)});
}

void NamesReader::add_ethers(std::string_view text) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string mac_text, name;
    if (!(words >> mac_text >> name)) continue;
    const auto mac = parse_ethers_mac(mac_text);
    if (mac && !mac->is_multicast()) ethers_.emplace(name, *mac);
  }
}

bool NamesReader::is_free(const std::string& name, TableReader& table) {
  const Place place = table.place(name);
  if (!is_good_name(name)) {
    table.error_at(place, fmt::format("{} has the name '{}'", table.name(), name),
                   "a name has letters, digits, '.', '_' and '-', and is no MAC address");
    return false;
  }
  const auto [other, is_new] = defined_.emplace(name, place);
  if (!is_new) {
    table.error_at(place, fmt::format("'{}' is defined at {} already", name, other->second.to_string()),
                   "stations and groups need different names: rename or remove one");
  }
  return is_new;
}

void NamesReader::add_stations(TableReader& table) {
  for (const auto& [key, node] : table.raw()) {
    const std::string name(key.str());
    if (!is_free(name, table)) continue;
    scope_.broken.insert(name);
    const auto text = table.text(key.str());
    if (!text) continue;
    const auto mac = wire::MacAddress::parse(*text);
    if (!mac) {
      table.error(name, fmt::format("is '{}', which is no MAC address", *text), std::string(kMacRemedy));
    } else if (mac->is_multicast()) {
      table.error(name, fmt::format("is {}, a multicast address, which no station has", *text),
                  "write the station's own address (its first byte is even)");
    } else {
      scope_.broken.erase(name);
      scope_.names.stations.emplace(name, *mac);
    }
  }
}

void NamesReader::add_groups(TableReader& table) {
  for (const auto& [key, node] : table.raw()) {
    const std::string name(key.str());
    if (!is_free(name, table)) continue;
    auto words = table.words(key.str());
    if (!words) {
      scope_.broken.insert(name);
      continue;
    }
    groups_.emplace(name, Group{std::move(*words), table.place(name)});
  }
}

void NamesReader::add_member(const Word& word, std::vector<std::string>& path, std::vector<wire::MacAddress>& into) {
  if (groups_.contains(word.text)) {
    const auto& members = resolve(word.text, path);
    into.insert(into.end(), members.begin(), members.end());
    return;
  }
  const auto station = scope_.names.stations.find(word.text);
  if (station != scope_.names.stations.end()) {
    into.push_back(station->second);
    return;
  }
  const auto mac = wire::MacAddress::parse(word.text);
  if (mac && !mac->is_multicast()) {
    into.push_back(*mac);
  } else if (mac) {
    say(Severity::error, word.place, fmt::format("group '{}' has {}, a multicast address", path.back(), word.text),
        "write stations' own addresses (the first byte is even)");
  } else if (looks_like_mac(word.text)) {
    say(Severity::error, word.place, fmt::format("group '{}' has '{}', no MAC address", path.back(), word.text),
        std::string(kMacRemedy));
  } else if (!scope_.broken.contains(word.text) && scope_.complete) {
    say(Severity::error, word.place, fmt::format("group '{}' has the unknown name '{}'", path.back(), word.text),
        suggestion(word.text, scope_));
  }
}

// Depth first; what is being looked at is in `path`.
const std::vector<wire::MacAddress>& NamesReader::resolve(const std::string& name, std::vector<std::string>& path) {
  Group& group = groups_.at(name);
  auto& members = scope_.names.groups[name];
  if (group.state == Group::State::done) return members;
  path.push_back(name);
  if (group.state == Group::State::in_progress) {
    const auto begin = std::find(path.begin(), path.end(), name);
    say(Severity::error, group.place,
        fmt::format("group '{}' contains itself: {}", name, fmt::join(begin, path.end(), " > ")),
        "remove one of these from the other");
  } else if (path.size() > kGroupDepthMax) {
    say(Severity::error, group.place, fmt::format("group '{}' is more than {} groups deep", name, kGroupDepthMax),
        "nest less");
  } else {
    group.state = Group::State::in_progress;
    std::vector<wire::MacAddress> found;
    for (const Word& word : group.words) add_member(word, path, found);
    sort_unique(found);
    members = std::move(found);
    group.state = Group::State::done;
  }
  path.pop_back();
  return members;
}

// Two names for one station are most often a copied line.
void NamesReader::check_twins() {
  for (const auto& [name, mac] : scope_.names.stations) {
    const auto [other, is_new] = scope_.names.by_mac.emplace(mac, name);
    if (is_new) continue;
    say(Severity::warning, defined_.at(name),
        fmt::format("stations '{}' and '{}' have the same MAC address {}", other->second, name, mac.to_string()),
        "if that is not meant, correct one");
  }
}

NameScope NamesReader::finish(bool complete) {
  scope_.complete = complete;
  check_twins();
  for (const auto& [name, mac] : ethers_) {
    if (defined_.contains(name)) continue;
    scope_.names.stations.emplace(name, mac);
    scope_.names.by_mac.emplace(mac, name);
  }
  for (const auto& [name, group] : groups_) {
    std::vector<std::string> path;
    resolve(name, path);
  }
  return std::move(scope_);
}

std::vector<wire::MacAddress> resolve(const std::vector<Word>& words, const NameScope& scope, std::string_view key,
                                      TableReader& table) {
  std::vector<wire::MacAddress> macs;
  for (const Word& word : words) {
    if (const auto station = scope.names.stations.find(word.text); station != scope.names.stations.end()) {
      macs.push_back(station->second);
      continue;
    }
    if (const auto group = scope.names.groups.find(word.text); group != scope.names.groups.end()) {
      macs.insert(macs.end(), group->second.begin(), group->second.end());
      continue;
    }
    const auto mac = wire::MacAddress::parse(word.text);
    if (mac && !mac->is_multicast()) {
      macs.push_back(*mac);
    } else if (mac) {
      table.error_at(word.place, fmt::format("{} has {}, a multicast address", table.called(key), word.text),
                     "write stations' own addresses (the first byte is even)");
    } else if (looks_like_mac(word.text)) {
      table.error_at(word.place, fmt::format("{} has '{}', which is no MAC address", table.called(key), word.text),
                     std::string(kMacRemedy));
    } else if (!scope.broken.contains(word.text) && scope.complete) {
      table.error_at(word.place, fmt::format("{} has the unknown station '{}'", table.called(key), word.text),
                     suggestion(word.text, scope));
    }
  }
  sort_unique(macs);
  return macs;
}

}  // namespace aoekit::config
