// One table of options.
#include "cli/aoed/export_settings.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace aoekit::cli {
namespace {

struct KeyOption {
  const char* option;
  const char* key;
  const char* type;
  const char* help;
};

constexpr KeyOption kTexts[] = {
    {"--description", "description", "TEXT", "What the export is for"},
    {"--offset", "offset", "SIZE", "Export from here on, like 1M or 2048s (sectors)"},
    {"--length", "length", "SIZE", "Export so much, like 10G"},
    {"--serial", "serial", "TEXT", "Serial number that initiators see"},
    {"--model", "model", "TEXT", "Model that initiators see"},
    {"--durability", "durability", "WORD", "When writes are answered: durable, flush or none"},
    {"--caching", "caching", "WORD", "buffered, or direct: around the page cache"},
    {"--sharing", "sharing", "WORD", "Who may write: single, shared or exclusive"},
    {"--exclusive-timeout", "exclusive_timeout", "TIME", "Silence after which an exclusive holder loses it, like 60s"},
    {"--limit-bytes", "limit.bytes", "SIZE", "Bytes per second for all clients together"},
    {"--client-limit-bytes", "client_limit.bytes", "SIZE", "Bytes per second for each client"},
};
constexpr KeyOption kNumbers[] = {
    {"--buffers", "buffers", "N", "Messages that initiators may have outstanding"},
    {"--limit-requests", "limit.requests", "N", "Requests per second for all clients together"},
    {"--client-limit-requests", "client_limit.requests", "N", "Requests per second for each client"},
};
constexpr KeyOption kLists[] = {
    {"-i,--interface", "interfaces", "IF", "Serve it on this interface (name or pattern); may be repeated"},
    {"--allow", "allow", "STATION", "Who may use it (MAC, name, group; '*': everybody); may be repeated"},
    {"--deny", "deny", "STATION", "Who may not; may be repeated"},
    {"--allow-write", "allow_write", "STATION", "Who of those may write; may be repeated"},
    {"--deny-write", "deny_write", "STATION", "Who may not; may be repeated"},
};

// "limit.bytes" goes into the object "limit".
void put(control::Json& settings, const std::string& key, control::Json value) {
  const std::size_t dot = key.find('.');
  if (dot == std::string::npos) {
    settings[key] = std::move(value);
  } else {
    settings[key.substr(0, dot)][key.substr(dot + 1)] = std::move(value);
  }
}

}  // namespace

void add_settings_options(CLI::App& app, SettingsOptions& options, SettingsFor purpose) {
  for (const KeyOption& each : kLists) {
    app.add_option_function<std::vector<std::string>>(
           each.option,
           [&options, key = each.key](const std::vector<std::string>& values) { options.lists[key] = values; },
           each.help)
        ->type_name(each.type)
        ->delimiter(',')
        ->take_all();
  }
  for (const KeyOption& each : kTexts) {
    app.add_option_function<std::string>(
           each.option, [&options, key = each.key](const std::string& value) { options.texts[key] = value; }, each.help)
        ->type_name(each.type);
  }
  for (const KeyOption& each : kNumbers) {
    app.add_option_function<std::uint64_t>(
           each.option, [&options, key = each.key](std::uint64_t value) { options.numbers[key] = value; }, each.help)
        ->type_name(each.type);
  }
  app.add_flag_callback("--read-only", [&options] { options.read_only = true; }, "Nobody may write");
  if (purpose == SettingsFor::add) return;
  app.add_flag_callback("--read-write", [&options] { options.read_only = false; }, "Writing is allowed");
  app.add_option("--default", options.defaults, "Give this key of aoed.toml(5) its default again; may be repeated")
      ->type_name("KEY");
}

control::Json settings_json(const SettingsOptions& options) {
  control::Json settings = control::Json::object();
  for (const auto& [key, value] : options.texts) put(settings, key, value);
  for (const auto& [key, value] : options.numbers) put(settings, key, value);
  for (const auto& [key, values] : options.lists) put(settings, key, values);
  if (options.read_only) settings["read_only"] = *options.read_only;
  for (const std::string& key : options.defaults) settings[key] = nullptr;
  return settings;
}

}  // namespace aoekit::cli
