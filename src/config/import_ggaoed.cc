// ggaoed.conf: GLib's key files. A section is [defaults], [acls], an interface or a device.
#include <algorithm>
#include <sstream>

#include "config/import_builder.h"

namespace aoekit::config {
namespace {

struct Section {
  std::string name;
  Place place;
  std::vector<Setting> settings;

  const Setting* find(std::string_view key) const {
    // Of a key that is there twice the last one holds.
    const auto found = std::find_if(settings.rbegin(), settings.rend(), [&](const Setting& s) { return s.key == key; });
    return found == settings.rend() ? nullptr : &*found;
  }
};

std::vector<Section> sections_of(const Source& source, ImportBuilder& builder) {
  std::vector<Section> sections;
  std::istringstream lines(source.text);
  std::uint32_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const Place place{source.file, ++number};
    const std::string_view content = trim(line);
    if (content.empty() || content.starts_with('#')) continue;
    const std::size_t equals = content.find('=');
    if (content.starts_with('[') && content.ends_with(']')) {
      sections.push_back({std::string(content.substr(1, content.size() - 2)), place, {}});
    } else if (equals == std::string_view::npos || sections.empty()) {
      builder.error(place, fmt::format("'{}' is neither a [section] nor KEY = VALUE in one", content), "correct it");
    } else {
      sections.back().settings.push_back(
          {std::string(trim(content.substr(0, equals))), std::string(trim(content.substr(equals + 1))), place});
    }
  }
  return sections;
}

// Why a setting has no equal; nullptr: it is unknown.
const char* why_left_out(std::string_view key) {
  constexpr std::pair<std::string_view, const char*> kReasons[] = {
      {"trace-io", "single requests are not logged; use `aoe dump` or `aoe top`"},
      {"mtu", "the interface's own is used; set it with `ip link`, or make the frames smaller at the client"},
      {"ring-buffer-size", "rings are sized by aoed"},
      {"send-buffer-size", "buffers are sized by aoed"},
      {"receive-buffer-size", "buffers are sized by aoed"},
      {"tx-ring-bug", "aoed does not send through a ring"},
      {"max-delay", "requests are not held back to be merged; the kernel's block layer merges"},
      {"merge-delay", "requests are not held back to be merged; the kernel's block layer merges"},
      {"pid-file", "systemd knows the process"},
      {"control-socket", "aoed has another protocol; its socket is control_socket, and `aoe` finds it"},
      {"state-directory",
       "aoed keeps config strings and lists in a file of its own, `state`; set them anew with `aoe`"},
      {"broadcast", "aoed tells those who may use the export, and nobody else"},
  };
  for (const auto& [known, reason] : kReasons) {
    if (known == key) return reason;
  }
  return nullptr;
}

void warn_about_rest(const Section& section, std::initializer_list<std::string_view> taken, ImportBuilder& builder) {
  for (const Setting& one : section.settings) {
    if (std::find(taken.begin(), taken.end(), one.key) != taken.end()) continue;
    const char* reason = why_left_out(one.key);
    builder.warning(one.place,
                    fmt::format("{} {}", one.key, reason == nullptr ? "is unknown and left out" : "has no equal"),
                    reason == nullptr ? "see aoed.toml(5)" : reason);
  }
}

std::optional<bool> flag(const Setting* one, ImportBuilder& builder) {
  if (one == nullptr) return std::nullopt;
  if (one->value == "true" || one->value == "1") return true;
  if (one->value == "false" || one->value == "0") return false;
  builder.error(one->place, fmt::format("{} is '{}'", one->key, one->value), "write true or false");
  return std::nullopt;
}

// What [defaults] and a device have in common.
void read_common(const Section& section, ExportConfig& config, ImportBuilder& builder) {
  if (const Setting* one = section.find("queue-length")) {
    const auto value = whole_number(one->value, UINT16_MAX);
    if (value && *value > 0) {
      config.buffers = static_cast<std::uint16_t>(*value);
    } else {
      builder.error(one->place, fmt::format("queue-length is '{}'", one->value), "write a number from 1 to 65535");
    }
  }
  if (const auto direct = flag(section.find("direct-io"), builder)) {
    config.caching = *direct ? Caching::direct : Caching::buffered;
  }
}

std::vector<std::string> list(const Setting* one) {
  return one == nullptr ? std::vector<std::string>{} : split_words(one->value, ",;");
}

void read_device(const Section& section, ImportBuilder& builder) {
  const Setting* path = section.find("path");
  const Setting* uuid = section.find("uuid");
  const Setting* shelf = section.find("shelf");
  const Setting* slot = section.find("slot");
  if ((path == nullptr && uuid == nullptr) || shelf == nullptr || slot == nullptr) {
    builder.error(section.place, fmt::format("[{}] has no path or uuid, no shelf or no slot", section.name),
                  "add it; the export is left out");
    return;
  }
  const auto address = imported_address(shelf->value, slot->value, shelf->place, builder);
  if (!address) return;
  ImportedExport one;
  one.config = builder.defaults;
  one.config.address = *address;
  one.config.place = section.place;
  one.config.path = path != nullptr ? path->value : "/dev/disk/by-uuid/" + uuid->value;
  // Initiators have seen the section's name as the disk's serial number, and go on seeing it.
  const bool printable =
      std::all_of(section.name.begin(), section.name.end(), [](char c) { return c >= ' ' && c <= '~'; });
  const bool is_serial =
      printable && !section.name.empty() && section.name.size() <= 20 && trim(section.name) == section.name;
  if (is_serial) {
    one.config.serial = section.name;
  } else {
    builder.warning(section.place, fmt::format("'{}' cannot be a serial number here", section.name),
                    "at most 20 printable ASCII characters; the disk gets one made of its address");
  }
  one.config.interfaces = list(section.find("interfaces"));
  if (const auto value = flag(section.find("read-only"), builder)) one.config.read_only = *value;
  read_common(section, one.config, builder);
  one.allow = list(section.find("accept"));
  one.deny = list(section.find("deny"));
  warn_about_rest(section, {"path", "uuid", "shelf", "slot", "interfaces", "read-only", "queue-length", "direct-io",
                            "accept", "deny"}, builder);
  builder.add(std::move(one));
}

}  // namespace

void import_ggaoed(const Source& source, ImportBuilder& builder) {
  const std::vector<Section> sections = sections_of(source, builder);
  builder.defaults.caching = Caching::direct;  // ggaoed's
  for (const Section& section : sections) {
    if (section.name != "defaults") continue;
    read_common(section, builder.defaults, builder);
    builder.interfaces = list(section.find("interfaces"));
    warn_about_rest(section, {"queue-length", "direct-io", "interfaces"}, builder);
  }
  if (builder.interfaces.empty()) {
    builder.interfaces = {"*"};
    builder.warning({source.file}, "no interfaces are named, so all are served", "name your SAN's at the top instead");
  }
  for (const Section& section : sections) {
    if (section.name == "defaults") continue;
    if (section.name == "acls") {
      for (const Setting& one : section.settings) builder.add_group(one.place, one.key, list(&one));
    } else if (section.find("shelf") != nullptr || section.find("path") != nullptr || section.find("uuid") != nullptr) {
      read_device(section, builder);
    } else {
      warn_about_rest(section, {}, builder);
    }
  }
}

}  // namespace aoekit::config
