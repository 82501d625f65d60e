// JSON becomes a TOML table, so that one reader checks both.
#include "config/settings.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "config/cross_check.h"
#include "config/export_keys.h"
#include "config/names.h"
#include "config/table_reader.h"

namespace aoekit::config {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDepthMax = 3;  // the settings, a limit's table or list in it, and what is wrong in those
constexpr std::size_t kSettingsBytesMax = std::size_t{1} << 20;

bool put_object(const Json& value, toml::table& table, std::size_t depth, const std::string& prefix,
                std::vector<std::string>& nulls);

// Gives `put` the value in TOML's type. False: it is none that TOML has.
template <class Put>
bool put_value(const Json& value, Put put) {
  if (value.is_string()) return put(value.get<std::string>());
  if (value.is_boolean()) return put(value.get<bool>());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return false;
  if (value.is_number_integer()) return put(value.get<std::int64_t>());
  if (value.is_number_float()) return put(value.get<double>());
  return false;
}

bool put_array(const Json& value, toml::array& array, std::size_t depth) {
  for (const Json& element : value) {
    if (element.is_array() || element.is_object()) {
      toml::array inner;
      toml::table table;
      std::vector<std::string> nulls;
      if (depth == 0) return false;
      if (element.is_array() ? !put_array(element, inner, depth - 1)
                             : !put_object(element, table, depth - 1, "", nulls) || !nulls.empty()) {
        return false;
      }
      element.is_array() ? array.push_back(std::move(inner)) : array.push_back(std::move(table));
    } else if (!put_value(element, [&](auto&& one) {
                 array.push_back(std::forward<decltype(one)>(one));
                 return true;
               })) {
      return false;
    }
  }
  return true;
}

bool put_object(const Json& value, toml::table& table, std::size_t depth, const std::string& prefix,
                std::vector<std::string>& nulls) {
  for (const auto& [key, element] : value.items()) {
    if (element.is_null()) {
      nulls.push_back(prefix + key);
    } else if (element.is_object()) {
      toml::table inner;
      if (depth == 0 || !put_object(element, inner, depth - 1, prefix + key + ".", nulls)) return false;
      table.insert_or_assign(key, std::move(inner));
    } else if (element.is_array()) {
      toml::array inner;
      if (depth == 0 || !put_array(element, inner, depth - 1)) return false;
      table.insert_or_assign(key, std::move(inner));
    } else if (!put_value(element, [&, name = key](auto&& one) {
                 table.insert_or_assign(name, std::forward<decltype(one)>(one));
                 return true;
               })) {
      return false;
    }
  }
  return true;
}

struct Settings {
  toml::table table;
  std::vector<std::string> nulls;  // keys, "limit.bytes" among them
};

std::optional<Settings> parse_settings(std::string_view text, Problems& problems) {
  const auto refuse = [&](std::string message, std::string remedy) {
    problems.push_back({Severity::error, {}, std::move(message), std::move(remedy)});
    return std::nullopt;
  };
  if (text.size() > kSettingsBytesMax) return refuse("the settings are too long", "send at most 1 MiB");
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return refuse("the settings are no JSON object", R"(send one like {"path": "/dev/sdb", "read_only": true})");
  }
  Settings settings;
  if (!put_object(json, settings.table, kDepthMax, "", settings.nulls)) {
    return refuse("the settings have a value that no key takes", "send texts, whole numbers, true, false and lists");
  }
  return settings;
}

Checked<ExportConfig> apply(ExportConfig one, std::string_view settings_json, const Config& now) {
  Checked<ExportConfig> checked;
  const auto settings = parse_settings(settings_json, checked.problems);
  if (!settings) return checked;
  TableReader table(settings->table, one.address.to_string(), "", checked.problems);
  reset_keys(settings->nulls, now.defaults, table, one);
  table.misplaced("address", "an address cannot be changed: remove the export and add it under the other");
  const NameScope scope{.names = now.names};
  read_export(table, scope, one);
  if (one.interfaces.empty() && now.daemon.interfaces.empty()) {
    table.error("interfaces", "is missing, and aoed has none of its own", "name at least one, like [\"eth1\"]");
  }
  check_overlaps_of(one, now.exports, checked.problems);
  if (!has_errors(checked.problems)) checked.value = std::move(one);
  return checked;
}

Checked<ExportConfig> refused(std::string message, std::string remedy) {
  return {{}, {{Severity::error, {}, std::move(message), std::move(remedy)}}};
}

}  // namespace

Checked<ExportConfig> parse_new_export(wire::AoeAddress address, std::string_view settings_json, const Config& now) {
  if (!address.is_valid_target()) {
    return refused(fmt::format("{} is no export's address", address.to_string()),
                   "shelf 65535 and slot 255 mean all: take others");
  }
  if (const ExportConfig* there = find_export(now, address)) {
    return refused(fmt::format("{} is exported already: {}", address.to_string(), there->path),
                   "change it with `aoe export set`, or take another address");
  }
  ExportConfig one = now.defaults;
  one.address = address;
  one.place = {};
  return apply(std::move(one), settings_json, now);
}

Checked<ExportConfig> parse_changed_export(wire::AoeAddress address, std::string_view settings_json,
                                           const Config& now) {
  const ExportConfig* there = find_export(now, address);
  if (there == nullptr) {
    return refused(fmt::format("{} is not exported", address.to_string()),
                   "`aoe export list` shows what is, `aoe export add` adds it");
  }
  return apply(*there, settings_json, now);
}

}  // namespace aoekit::config
