// Merging and writing what was imported.
#include "config/import_builder.h"

#include <algorithm>
#include <charconv>

#include "config/names.h"
#include "config/save.h"
#include "config/to_toml.h"

namespace aoekit::config {

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split_words(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    const std::string_view word = trim(text.substr(0, end));
    if (!word.empty()) words.emplace_back(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t max) {
  const int base = text.starts_with("0x") || text.starts_with("0X") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::optional<wire::AoeAddress> imported_address(const std::string& shelf, const std::string& slot, const Place& place,
                                                 ImportBuilder& builder) {
  const auto shelf_number = whole_number(shelf, wire::kShelfBroadcast - 1);
  const auto slot_number = whole_number(slot, wire::kSlotBroadcast - 1);
  if (!shelf_number || !slot_number) {
    builder.error(place, fmt::format("shelf '{}', slot '{}' is no address", shelf, slot),
                  "write a shelf from 0 to 65534 and a slot from 0 to 254; the export is left out");
    return std::nullopt;
  }
  return wire::AoeAddress{static_cast<std::uint16_t>(*shelf_number), static_cast<std::uint8_t>(*slot_number)};
}

void ImportBuilder::error(Place place, std::string message, std::string remedy) {
  problems_.push_back({Severity::error, std::move(place), std::move(message), std::move(remedy)});
}

void ImportBuilder::warning(Place place, std::string message, std::string remedy) {
  problems_.push_back({Severity::warning, std::move(place), std::move(message), std::move(remedy)});
}

void ImportBuilder::add_group(const Place& place, const std::string& name, std::vector<std::string> members) {
  if (!is_good_name(name)) {
    error(place, fmt::format("'{}' cannot be a group's name here", name),
          "rename it: letters, digits, '.', '_' and '-', and no MAC address");
    return;
  }
  auto& group = groups_[name];
  group.insert(group.end(), members.begin(), members.end());
}

void ImportBuilder::add(ImportedExport one) {
  const auto [found, is_new] = exports_.emplace(one.config.address, one);
  if (is_new) return;
  ImportedExport& there = found->second;
  ExportConfig comparable = one.config;
  comparable.interfaces = there.config.interfaces;
  if (!same(comparable, there.config) || one.allow != there.allow || one.deny != there.deny ||
      one.allow_write != there.allow_write || one.deny_write != there.deny_write) {
    error(one.config.place,
          fmt::format("{} is at {} already, with another disk or other settings", one.config.address.to_string(),
                      there.config.place.to_string()),
          "in aoed an address has one meaning on all interfaces: give this one another; it is left out");
    return;
  }
  for (const std::string& name : one.config.interfaces) {
    auto& names = there.config.interfaces;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
}

// What the other target did, aoed refuses without `force`.
void ImportBuilder::force_doubles() {
  std::map<std::string, const ExportConfig*> writers;
  for (auto& [address, one] : exports_) {
    if (one.config.read_only) continue;
    const auto [other, is_new] = writers.emplace(one.config.path, &one.config);
    const auto end = [](const ExportConfig& window) {
      return window.length ? window.first_sector.count + window.length->count : UINT64_MAX;
    };
    if (is_new || one.config.first_sector.count >= end(*other->second) ||
        other->second->first_sector.count >= end(one.config)) {
      continue;
    }
    one.config.force = true;
    warning(one.config.place,
            fmt::format("{} and {} write the same {}", address.to_string(), other->second->address.to_string(),
                        one.config.path),
            "force = true lets them, as before; better use one address for all clients");
  }
}

std::string ImportBuilder::text(std::string_view from) const {
  std::string out = fmt::format("# Made from {} by `aoe config import`. See aoed.toml(5).\n", from);
  if (!interfaces.empty()) out += fmt::format("interfaces = {}\n", quoted_list(interfaces));
  if (!log_level.empty()) out += fmt::format("log_level = {}\n", quoted(log_level));
  out += "\n# Writes are answered when they are on the disk. Nearer to what was: durability = \"flush\" under "
         "[defaults],\n"
         "# but then a power cut may take writes back that clients believe to be kept.\n";
  std::string shared;
  for (const KeyLine& line : key_lines(defaults, {})) {
    if (line.key != "path") shared += line.line + "\n";
  }
  if (!shared.empty()) out += "[defaults]\n" + shared;
  if (!groups_.empty()) out += "\n[groups]\n";
  for (const auto& [name, members] : groups_) out += fmt::format("{} = {}\n", quoted(name), quoted_list(members));
  for (const auto& [address, one] : exports_) {
    out += "\n" + to_toml(one.config, defaults);
    if (!one.allow.empty()) out += fmt::format("allow = {}\n", quoted_list(one.allow));
    if (!one.deny.empty()) out += fmt::format("deny = {}\n", quoted_list(one.deny));
    if (!one.allow_write.empty()) out += fmt::format("allow_write = {}\n", quoted_list(one.allow_write));
    if (!one.deny_write.empty()) out += fmt::format("deny_write = {}\n", quoted_list(one.deny_write));
  }
  return out;
}

Imported ImportBuilder::finish(std::string_view from, std::string_view ethers) {
  force_doubles();
  Imported imported{text(from), std::move(problems_)};
  if (exports_.empty()) {
    imported.problems.push_back({Severity::error, {}, "no export was found", "check that these are the right files"});
  }
  auto checked = check_config({{"the result", imported.toml}}, ethers);
  for (Problem& problem : checked.problems) imported.problems.push_back(std::move(problem));
  return imported;
}

}  // namespace aoekit::config
