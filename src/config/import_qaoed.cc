// qaoed.conf: sections in braces, assignments that end in semicolons, comments of C and of the shell.
#include <algorithm>

#include "config/import_builder.h"

namespace aoekit::config {
namespace {

struct Token {
  std::string text;
  std::uint32_t line;
};

std::vector<Token> tokens_of(std::string_view text, const std::string& file, ImportBuilder& builder) {
  std::vector<Token> tokens;
  std::uint32_t line = 1;
  const auto skip = [&](std::size_t count) {
    for (; count > 0 && !text.empty(); --count) {
      if (text.front() == '\n') ++line;
      text.remove_prefix(1);
    }
  };
  while (!text.empty()) {
    const char c = text.front();
    if (c == '#') {
      skip(std::min(text.find('\n'), text.size()));
    } else if (text.starts_with("/*")) {
      const std::size_t end = text.find("*/");
      if (end == std::string_view::npos) builder.error({file, line}, "a comment is not closed", "close it with */");
      skip(end == std::string_view::npos ? text.size() : end + 2);
    } else if (c == '{' || c == '}' || c == '=' || c == ';') {
      tokens.push_back({std::string(1, c), line});
      skip(1);
    } else if (c == '"') {
      const std::size_t end = text.find_first_of("\"\n", 1);
      tokens.push_back({std::string(text.substr(1, end == std::string_view::npos ? end : end - 1)), line});
      skip(end == std::string_view::npos ? text.size() : end + 1);
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      skip(1);
    } else {
      const std::size_t end = std::min(text.find_first_of(" \t\r\n{}=;#\""), text.size());
      tokens.push_back({std::string(text.substr(0, end)), line});
      skip(end);
    }
  }
  return tokens;
}

// A section, with the settings of one within it ("acl") as "acl.read".
struct Section {
  std::string name;
  Place place;
  std::vector<Setting> settings;

  std::string value(std::string_view key, std::string fallback = "") const {
    for (const Setting& one : settings) {
      if (one.key == key) fallback = one.value;
    }
    return fallback;
  }
  bool has(std::string_view key) const {
    return std::any_of(settings.begin(), settings.end(), [&](const Setting& one) { return one.key == key; });
  }
};

// The first is the top of the file.
std::vector<Section> sections_of(const Source& source, ImportBuilder& builder) {
  const std::vector<Token> tokens = tokens_of(source.text, source.file, builder);
  std::vector<Section> sections{{"", {source.file}, {}}};
  std::size_t open = 0;  // 0: the top
  std::string prefix;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Place place{source.file, tokens[i].line};
    const auto is = [&](std::size_t at, std::string_view text) {
      return at < tokens.size() && tokens[at].text == text;
    };
    if (is(i, ";")) continue;
    if (is(i, "}")) {
      if (prefix.empty()) open = 0;
      prefix.clear();
    } else if (is(i + 1, "{")) {
      if (open == 0) {
        sections.push_back({tokens[i].text, place, {}});
        open = sections.size() - 1;
      } else {
        prefix = tokens[i].text + ".";
      }
      ++i;
    } else if (is(i + 1, "=") && i + 2 < tokens.size()) {
      sections[open].settings.push_back({prefix + tokens[i].text, tokens[i + 2].text, place});
      i += 2;
    } else {
      builder.error(place, fmt::format("'{}' is neither SECTION {{ nor KEY = VALUE;", tokens[i].text), "correct it");
    }
  }
  if (open != 0) builder.error(sections[open].place, fmt::format("{} is not closed", sections[open].name), "add a '}'");
  return sections;
}

// An access list: the first rule for a station holds, otherwise the policy.
struct Rules {
  Place place;
  bool accepts = false;  // the policy
  std::vector<std::string> accepted;
  std::vector<std::string> rejected;
};

class Importer {
 public:
  Importer(const Source& source, ImportBuilder& builder) : builder_(builder), sections_(sections_of(source, builder)) {}

  void run() {
    for (const Section& section : sections_) {
      if (section.name == "default") defaults_ = section;
      if (section.name == "access-list") read_rules(section);
    }
    next_slot_ = whole_number(defaults_.value("slot", "0"), wire::kSlotBroadcast - 1).value_or(0);
    read_top(sections_.front());
    warn(defaults_);
    for (const Section& section : sections_) {
      if (section.name == "device") {
        read_device(section);
      } else if (section.name == "interface" || section.name == "logging") {
        warn(section);
      } else if (!section.name.empty() && section.name != "default" && section.name != "access-list") {
        builder_.warning(section.place, fmt::format("{} is unknown and left out", section.name), "see aoed.toml(5)");
      }
    }
  }

 private:
  void read_top(const Section& top) {
    for (const Setting& one : top.settings) {
      if (one.key == "log-level") {
        builder_.log_level = one.value == "info" ? "info" : "error";
        if (one.value == "none") {
          builder_.warning(one.place, "log-level none has no equal", "errors are always logged");
        }
      } else if (one.key == "apisocket") {
        builder_.warning(one.place, "apisocket has no equal",
                         "aoed has another protocol; its socket is control_socket, and `aoe` finds it");
      } else if (one.key == "include") {
        builder_.error(one.place, fmt::format("include of '{}' is not followed", one.value),
                       "import that file together with this one");
      } else {
        builder_.warning(one.place, fmt::format("{} is unknown and left out", one.key), "see aoed.toml(5)");
      }
    }
  }

  void read_rules(const Section& section) {
    Rules rules{section.place, section.value("policy") == "accept", {}, {}};
    if (!section.has("policy")) {
      builder_.warning(section.place, "the access list has no policy", "taken as reject; say which one is meant");
    }
    const auto has = [](const std::vector<std::string>& list, const std::string& mac) {
      return std::find(list.begin(), list.end(), mac) != list.end();
    };
    for (const Setting& one : section.settings) {
      const bool decided = has(rules.accepted, one.value) || has(rules.rejected, one.value);
      if (one.key == "accept" && !decided) rules.accepted.push_back(one.value);
      if (one.key == "reject" && !decided) rules.rejected.push_back(one.value);
      if (one.key == "log") {
        builder_.warning(one.place, "log of an access list has no equal", "`aoe client list` shows who comes");
      }
    }
    const std::string name = section.value("name");
    std::string group = name;
    std::replace_if(group.begin(), group.end(), [](char c) { return c == ' ' || c == '\t'; }, '-');
    builder_.add_group(section.place, group, rules.accepts ? rules.rejected : rules.accepted);
    rules_.insert_or_assign(name, std::pair(group, rules));
  }

  // Puts the list into `allow` or `deny`. False: nobody could use the export.
  bool apply(const Section& device, std::string_view key, std::vector<std::string>& allow,
             std::vector<std::string>& deny) {
    const std::string name = device.value(key, defaults_.value(key));
    if (name.empty()) return true;
    const auto found = rules_.find(name);
    if (found == rules_.end()) {
      builder_.error(device.place, fmt::format("{} names the unknown access list '{}'", key, name),
                     "define it; the export is left out");
      return false;
    }
    const auto& [group, rules] = found->second;
    if (!rules.accepts && rules.accepted.empty()) {
      builder_.error(device.place, fmt::format("{}: the access list '{}' accepts nobody", key, name),
                     "an export that nobody may use is left out");
      return false;
    }
    if (!rules.accepts) allow.push_back(group);
    if (rules.accepts && !rules.rejected.empty()) deny.push_back(group);
    return true;
  }

  void read_device(const Section& device) {
    const std::string slot = device.has("slot") ? device.value("slot") : std::to_string(next_slot_++);
    const auto address = imported_address(device.value("shelf", defaults_.value("shelf", "0")), slot, device.place,
                                          builder_);
    const std::string interface = device.value("interface", defaults_.value("interface"));
    if (address && (!device.has("target") || interface.empty())) {
      builder_.error(device.place, "the device has no target or no interface", "add it; the export is left out");
    }
    if (!address || !device.has("target") || interface.empty()) return;
    ImportedExport one;
    one.config.address = *address;
    one.config.place = device.place;
    one.config.path = device.value("target");
    one.config.interfaces = {interface};
    // Here who may not read the configuration may not use the export at all: the stricter of both lists.
    const bool by_read = device.has("acl.read") || defaults_.has("acl.read");
    const bool by_cfgread = device.has("acl.cfgread") || defaults_.has("acl.cfgread");
    if (!apply(device, by_read ? "acl.read" : "acl.cfgread", one.allow, one.deny)) return;
    if (!apply(device, "acl.write", one.allow_write, one.deny_write)) return;
    if (by_cfgread) {
      builder_.warning(device.place, "acl cfgread has no equal",
                       by_read ? "discovery is for those who may read"
                               : "its stations are those who may use the export");
    }
    warn(device);
    builder_.add(std::move(one));
  }

  // What has no equal in a section.
  void warn(const Section& section) {
    for (const Setting& one : section.settings) {
      const char* reason = nullptr;
      if (one.key == "log" || section.name == "logging") {
        reason = "aoed logs to the journal";
      } else if (one.key == "log-level") {
        reason = "the level is one for all: log_level at the top";
      } else if (one.key == "broadcast" && one.value == "off") {
        reason = "aoed announces each export when it starts, to those who may use it";
      } else if (one.key == "mtu" && one.value != "auto") {
        reason = "the interface's own is used; set it with `ip link`";
      } else if (one.key == "acl.cfgset") {
        reason = "those who may write may set the config string";
      } else if (one.key == "persistent-cfg") {
        reason = "config strings are always kept";
      }
      // One line a log target is enough.
      if (reason != nullptr && (section.name != "logging" || one.key == "name")) {
        builder_.warning(one.place, fmt::format("{} {} has no equal", section.name, one.key), reason);
      }
    }
  }

  ImportBuilder& builder_;
  std::vector<Section> sections_;
  Section defaults_;
  std::map<std::string, std::pair<std::string, Rules>> rules_;
  std::uint64_t next_slot_ = 0;
};

}  // namespace

void import_qaoed(const Source& source, ImportBuilder& builder) { Importer(source, builder).run(); }

}  // namespace aoekit::config
