// One function for each kind of value that an export has.
#include "config/export_keys.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "config/choices.h"
#include "config/daemon_keys.h"
#include "config/quantity.h"

namespace aoekit::config {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Text for IDENTIFY: printable ASCII. The empty string stands for none.
void read_identity(TableReader& table, std::string_view key, std::size_t bytes_max, std::optional<std::string>& into) {
  const auto value = table.text(key);
  if (!value) return;
  const bool printable = std::all_of(value->begin(), value->end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  const bool padded = value->starts_with(' ') || value->ends_with(' ');
  if (!printable || padded || value->size() > bytes_max) {
    table.error(key, fmt::format("cannot be '{}'", *value),
                fmt::format("write at most {} printable ASCII characters, no space at either end", bytes_max));
    return;
  }
  into = value->empty() ? std::nullopt : std::optional(*value);
}

void read_description(TableReader& table, std::string& into) {
  const auto value = table.text("description");
  if (!value) return;
  if (value->size() > kDescriptionBytesMax || std::any_of(value->begin(), value->end(), is_control)) {
    table.error("description", "is too long, or has control characters",
                fmt::format("write one line of at most {} bytes", kDescriptionBytesMax));
    return;
  }
  into = *value;
}

std::optional<Sectors> read_sectors(TableReader& table, std::string_view key) {
  const auto value = table.bytes(key);
  if (!value) return std::nullopt;
  if (*value % kSectorBytes != 0) {
    table.error(key, fmt::format("is {} bytes, no whole number of 512-byte sectors", *value),
                fmt::format("write {} or {}, or sectors: \"{}s\"", *value / kSectorBytes * kSectorBytes,
                            (*value / kSectorBytes + 1) * kSectorBytes, *value / kSectorBytes));
    return std::nullopt;
  }
  return Sectors{*value / kSectorBytes};
}

void read_window(TableReader& table, ExportConfig& config) {
  if (const auto offset = read_sectors(table, "offset")) config.first_sector = *offset;
  const auto length = read_sectors(table, "length");
  if (length && length->count == 0) {
    table.error("length", "is 0", "leave it out to export everything to the end");
  } else if (length) {
    config.length = *length;
  }
  constexpr std::uint64_t kMax = INT64_MAX / kSectorBytes;
  if (config.length && config.length->count > kMax - config.first_sector.count) {
    table.error(table.has("length") ? "length" : "offset", "goes beyond what any disk can have", "write a smaller one");
  }
}

void read_limit(TableReader& table, std::string_view key, RateLimit& into) {
  auto inner = table.table(key, fmt::format("{} = {{ requests = 1000, bytes = \"100MiB\" }}", key));
  if (!inner) return;
  if (const auto requests = inner->number("requests", {0, 1'000'000'000})) into.requests = *requests;
  if (const auto bytes = inner->bytes("bytes")) {
    if (*bytes != 0 && *bytes < kSectorBytes) {
      inner->error("bytes", fmt::format("is {}, less than a sector a second", *bytes),
                   "write 0 for no limit, or at least 512");
    } else {
      into.bytes = *bytes;
    }
  }
  inner->finish();
}

// Lists of stations. `["*"]` is everybody, and the only way to say so: an empty list would read like nobody.
void read_stations(TableReader& table, std::string_view key, const NameScope& scope,
                   std::vector<wire::MacAddress>& into, std::vector<std::string>& words_into) {
  const auto words = table.words(key);
  if (!words) return;
  const bool allows = key.starts_with("allow");
  if (allows && words->size() == 1 && words->front().text == "*") {
    into.clear();
    words_into.clear();
    return;
  }
  if (const auto star = std::find_if(words->begin(), words->end(), [](const Word& w) { return w.text == "*"; });
      star != words->end()) {
    table.error_at(star->place, fmt::format("{} has \"*\" in its list", table.called(key)),
                   allows ? fmt::format("to let everybody in write {} = [\"*\"] alone", key)
                          : fmt::format("name those who may instead: {} = [\"...\"]",
                                        key == "deny" ? "allow" : "allow_write"));
    return;
  }
  auto macs = resolve(*words, scope, key, table);
  if (allows && words->empty()) {
    table.error(key, "is empty, which could mean nobody or everybody",
                fmt::format("name stations, or write {} = [\"*\"] for everybody", key));
  } else if (allows && macs.empty() && std::all_of(words->begin(), words->end(), [&](const Word& word) {
               return scope.names.groups.contains(word.text);
             })) {
    table.error(key, fmt::format("names the empty group '{}', so nobody could use the export", words->front().text),
                "add stations to the group");
  } else if (macs.size() > kStationsMax) {
    table.error(key, fmt::format("has {} stations", macs.size()), fmt::format("{} is the limit", kStationsMax));
  } else {
    into = std::move(macs);
    words_into.clear();
    for (const Word& word : *words) words_into.push_back(word.text);
  }
}

void read_access(TableReader& table, const NameScope& scope, ExportConfig& config) {
  read_stations(table, "allow", scope, config.read_access.allow, config.read_access.allow_words);
  read_stations(table, "deny", scope, config.read_access.deny, config.read_access.deny_words);
  read_stations(table, "allow_write", scope, config.write_access.allow, config.write_access.allow_words);
  read_stations(table, "deny_write", scope, config.write_access.deny, config.write_access.deny_words);
}

// The keys that [defaults] may have, too.
void read_shared(TableReader& table, const NameScope& scope, ExportConfig& config) {
  if (const auto value = table.flag("read_only")) config.read_only = *value;
  read_identity(table, "model", kModelBytesMax, config.model);
  if (const auto value = table.number("buffers", {1, UINT16_MAX})) config.buffers = static_cast<std::uint16_t>(*value);
  if (const auto value = table.choice<Durability>("durability", kDurabilities)) config.durability = *value;
  if (const auto value = table.choice<Caching>("caching", kCachings)) config.caching = *value;
  if (const auto value = table.choice<Sharing>("sharing", kSharings)) config.sharing = *value;
  if (const auto value = table.duration("exclusive_timeout", std::chrono::hours(24))) {
    if (*value < std::chrono::seconds(1)) {
      table.error("exclusive_timeout", fmt::format("is {}", format_duration(*value)), "write at least \"1s\"");
    } else {
      config.exclusive_timeout = *value;
    }
  }
  read_access(table, scope, config);
  read_limit(table, "limit", config.limit);
  read_limit(table, "client_limit", config.client_limit);
}

// What is allowed, but says two things that do not go together.
void check_sense(TableReader& table, const ExportConfig& config) {
  if (table.has("exclusive_timeout") && config.sharing != Sharing::exclusive) {
    table.warning("exclusive_timeout", "has no effect here", "it needs sharing = \"exclusive\"");
  }
  const std::string_view write_key = table.has("allow_write") ? "allow_write" : "deny_write";
  if (table.has(write_key) && config.read_only) {
    table.warning(write_key, "has no effect here", "the export is read_only");
  }
  if (config.buffers == 1 && table.has("buffers")) {
    table.warning("buffers", "is 1, with which Linux does not use the export", "write at least 2");
  }
  const auto denied = [](const AccessList& list, const wire::MacAddress& mac) {
    return std::binary_search(list.deny.begin(), list.deny.end(), mac);
  };
  const auto may_use = [&](const wire::MacAddress& mac) {
    const AccessList& list = config.read_access;
    return !denied(list, mac) && (list.allow.empty() || std::binary_search(list.allow.begin(), list.allow.end(), mac));
  };
  const auto& allow = config.read_access.allow;
  if (!allow.empty() && std::none_of(allow.begin(), allow.end(), may_use)) {
    table.warning(table.has("allow") ? "allow" : "deny", "leaves nobody: all allowed stations are denied",
                  "remove some from one of the lists");
  }
  if (!table.has("allow_write")) return;
  for (const wire::MacAddress& mac : config.write_access.allow) {
    if (may_use(mac)) continue;
    table.warning("allow_write", fmt::format("has {}, which may not use the export at all", mac.to_string()),
                  "add it to 'allow', too");
    return;
  }
}

}  // namespace

std::optional<std::string> read_path(TableReader& table, std::string_view key) {
  auto value = table.text(key);
  if (!value) return std::nullopt;
  if (!value->starts_with('/')) {
    table.error(key, fmt::format("is '{}', which depends on the directory aoed is started in", *value),
                "write the whole path, beginning with '/'");
  } else if (value->size() > kPathBytesMax || std::any_of(value->begin(), value->end(), is_control)) {
    table.error(key, "is too long, or has control characters", "write a path of one line");
  } else if (value->ends_with('/')) {
    table.error(key, fmt::format("is '{}', a directory", *value), "write the path of a file or block device");
  } else {
    return value;
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> read_interfaces(TableReader& table) {
  const auto words = table.words("interfaces");
  if (!words) return std::nullopt;
  std::vector<std::string> names;
  const auto bad = [&](const Word& word, std::string_view why, std::string remedy) {
    table.error_at(word.place, fmt::format("{} has '{}', {}", table.called("interfaces"), word.text, why),
                   std::move(remedy));
  };
  const std::size_t before = names.size();
  for (const Word& word : *words) {
    const std::string& name = word.text;
    const bool is_pattern = name.find_first_of("*?[\\") != std::string::npos;
    const bool odd =
        std::any_of(name.begin(), name.end(), [](char c) { return is_control(c) || c == ' ' || c == '/'; });
    const std::size_t open = name.find('[');
    if (name.empty() || odd) {
      bad(word, "no interface's name", "write a name like \"eth1\" or a pattern like \"eth*\"");
    } else if (name.find(',') != std::string::npos) {
      bad(word, "with a comma", "write each name in quotes of its own: [\"eth0\", \"eth1\"]");
    } else if (is_pattern && open != std::string::npos && name.find(']', open + 2) == std::string::npos) {
      bad(word, "a pattern whose '[' is not closed", "add the ']': \"eth[0-3]\"");
    } else if (name.ends_with('\\')) {
      bad(word, "a pattern that ends in a backslash", "remove it");
    } else if (!is_pattern && name.size() > 15) {
      bad(word, "which is longer than the 15 characters of an interface's name", "write the name that `ip link` shows");
    } else if (name.size() > 255) {
      bad(word, "a very long pattern", "write a shorter one");
    } else if (std::find(names.begin(), names.end(), name) != names.end()) {
      bad(word, "which is there already", "remove one");
    } else {
      names.push_back(name);
    }
  }
  if (words->empty()) {
    table.error("interfaces", "is empty", "name at least one, like [\"eth1\"] or [\"eth*\"]");
  } else if (names.size() > kInterfacesMax) {
    table.error("interfaces", fmt::format("has {} entries", names.size()),
                fmt::format("{} is the limit; use patterns", kInterfacesMax));
  }
  return names.size() > before ? std::optional(std::move(names)) : std::nullopt;
}

void read_defaults(TableReader& table, const NameScope& scope, ExportConfig& defaults) {
  read_shared(table, scope, defaults);
  table.misplaced("interfaces", "write it at the top of the file, before the first [table]");
  for (const std::string_view key : {"address", "path", "description", "offset", "length", "serial", "force"}) {
    table.misplaced(key, "write it in each export's table");
  }
  misplace_daemon_keys(table);
  table.finish();
}

void read_export(TableReader& table, const NameScope& scope, ExportConfig& config) {
  if (auto value = read_path(table, "path")) {
    config.path = std::move(*value);
  } else if (!table.has("path") && config.path.empty()) {
    table.error_at(table.place(), fmt::format("{} has no path", table.name()), "add path = \"/dev/...\"");
  }
  read_description(table, config.description);
  if (auto value = read_interfaces(table)) config.interfaces = std::move(*value);
  read_window(table, config);
  read_identity(table, "serial", kSerialBytesMax, config.serial);
  if (const auto value = table.flag("force")) config.force = *value;
  read_shared(table, scope, config);
  misplace_daemon_keys(table);
  table.finish();
  check_sense(table, config);
}

void reset_keys(const std::vector<std::string>& keys, const ExportConfig& defaults, TableReader& table,
                ExportConfig& config) {
  struct Key {
    std::string_view name;
    void (*copy)(const ExportConfig& from, ExportConfig& to);
  };
  static constexpr Key kKeys[] = {
      {"description", [](const auto& from, auto& to) { to.description = from.description; }},
      {"interfaces", [](const auto& from, auto& to) { to.interfaces = from.interfaces; }},
      {"offset", [](const auto& from, auto& to) { to.first_sector = from.first_sector; }},
      {"length", [](const auto& from, auto& to) { to.length = from.length; }},
      {"read_only", [](const auto& from, auto& to) { to.read_only = from.read_only; }},
      {"serial", [](const auto& from, auto& to) { to.serial = from.serial; }},
      {"model", [](const auto& from, auto& to) { to.model = from.model; }},
      {"buffers", [](const auto& from, auto& to) { to.buffers = from.buffers; }},
      {"durability", [](const auto& from, auto& to) { to.durability = from.durability; }},
      {"caching", [](const auto& from, auto& to) { to.caching = from.caching; }},
      {"sharing", [](const auto& from, auto& to) { to.sharing = from.sharing; }},
      {"exclusive_timeout", [](const auto& from, auto& to) { to.exclusive_timeout = from.exclusive_timeout; }},
      {"allow", [](const auto& from, auto& to) {
         to.read_access.allow = from.read_access.allow;
         to.read_access.allow_words = from.read_access.allow_words;
       }},
      {"deny", [](const auto& from, auto& to) {
         to.read_access.deny = from.read_access.deny;
         to.read_access.deny_words = from.read_access.deny_words;
       }},
      {"allow_write", [](const auto& from, auto& to) {
         to.write_access.allow = from.write_access.allow;
         to.write_access.allow_words = from.write_access.allow_words;
       }},
      {"deny_write", [](const auto& from, auto& to) {
         to.write_access.deny = from.write_access.deny;
         to.write_access.deny_words = from.write_access.deny_words;
       }},
      {"limit", [](const auto& from, auto& to) { to.limit = from.limit; }},
      {"limit.requests", [](const auto& from, auto& to) { to.limit.requests = from.limit.requests; }},
      {"limit.bytes", [](const auto& from, auto& to) { to.limit.bytes = from.limit.bytes; }},
      {"client_limit", [](const auto& from, auto& to) { to.client_limit = from.client_limit; }},
      {"client_limit.requests",
       [](const auto& from, auto& to) { to.client_limit.requests = from.client_limit.requests; }},
      {"client_limit.bytes", [](const auto& from, auto& to) { to.client_limit.bytes = from.client_limit.bytes; }},
      {"force", [](const auto& from, auto& to) { to.force = from.force; }},
  };
  for (const std::string& key : keys) {
    const auto* found =
        std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& one) { return one.name == key; });
    if (found != std::end(kKeys)) {
      found->copy(defaults, config);
    } else {
      table.error_at(table.place(), fmt::format("{}: '{}' has no default", table.name(), key), "write a value");
    }
  }
}

}  // namespace aoekit::config
