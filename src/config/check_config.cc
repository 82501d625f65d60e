// From the texts of all files to a Config: names first, then defaults, then exports, then what they are together.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "config/cross_check.h"
#include "config/daemon_keys.h"
#include "config/export_keys.h"
#include "config/load.h"
#include "config/names.h"
#include "config/table_reader.h"
#include "config/toml_text.h"

namespace aoekit::config {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

// [export.e1.2] without quotes is a table "e1" with a table "2" in it. The slot, where that is what was written.
std::optional<std::string> unquoted_slot(const toml::key& key, const toml::node& node) {
  const std::string_view shelf = key.str();
  const auto* inner = node.as_table();
  if (inner == nullptr || inner->empty()) return std::nullopt;
  if (!is_number(shelf.starts_with('e') ? shelf.substr(1) : shelf)) return std::nullopt;
  for (const auto& [slot, settings] : *inner) {
    if (is_number(slot.str()) && settings.is_table()) return std::string(slot.str());
  }
  return std::nullopt;
}

class Checker {
 public:
  explicit Checker(Problems& problems) : problems_(problems) {}

  Config check(const std::vector<Source>& sources, std::string_view ethers) {
    parse(sources);
    read_names(ethers);
    for (std::size_t i = 0; i < files_.size(); ++i) read_top(files_[i], i == 0 ? Main::yes : Main::no, sources[0].file);
    for (File& file : files_) read_exports(file);
    for (auto& [address, one] : exports_) config_.exports.push_back(std::move(one));
    check_overlaps(config_.exports, problems_);
    check_reachable();
    config_.file = sources[0].file;
    config_.directory = drop_in_directory(config_.file);
    config_.names = std::move(scope_.names);
    return std::move(config_);
  }

 private:
  enum class Main : std::uint8_t { yes, no };
  struct File {
    std::string name;
    toml::table table;
  };

  void parse(const std::vector<Source>& sources) {
    for (const Source& source : sources) {
      auto table = parse_toml(source.text, source.file, problems_);
      complete_ = complete_ && table.has_value();
      files_.push_back({source.file, table ? std::move(*table) : toml::table{}});
    }
  }

  void read_names(std::string_view ethers) {
    NamesReader reader(problems_);
    // Groups may name stations of files that come later.
    for (const char* section : {"stations", "groups"}) {
      for (const File& file : files_) {
        TableReader top(file.table, "", file.name, problems_);
        auto table = top.table(section, fmt::format("[{}], and below it lines of NAME = ...", section));
        if (!table) continue;
        section == std::string_view("stations") ? reader.add_stations(*table) : reader.add_groups(*table);
      }
    }
    reader.add_ethers(ethers);
    scope_ = reader.finish(complete_);
  }

  void read_top(const File& file, Main main, const std::string& main_file) {
    TableReader top(file.table, "", file.name, problems_);
    for (const char* section : {"export", "stations", "groups"}) top.find(section);
    if (main == Main::no) {
      refuse_daemon_keys(top, main_file);
    } else {
      read_daemon(top, config_.daemon);
      auto table = top.table("defaults", "[defaults], and below it the exports' keys");
      if (table) read_defaults(*table, scope_, config_.defaults);
    }
    top.finish();
  }

  // [export."e1.2"], or [[export]] with an address.
  void read_exports(const File& file) {
    TableReader top(file.table, "", file.name, problems_);
    const toml::node* node = top.find("export");
    if (node == nullptr) return;
    if (const auto* table = node->as_table()) {
      // In the order of the file, so that of two with one address the later is the mistake.
      std::vector<std::pair<const toml::key*, const toml::node*>> ordered;
      for (const auto& [key, value] : *table) ordered.emplace_back(&key, &value);
      std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
        return a.first->source().begin.line < b.first->source().begin.line;
      });
      for (const auto& [key, value] : ordered) read_keyed(file, *key, *value);
      return;
    }
    const auto* array = node->as_array();
    const bool tables = array != nullptr && std::all_of(array->begin(), array->end(),
                                                        [](const toml::node& one) { return one.is_table(); });
    if (!tables) {
      top.error("export", "is no table", "write [export.\"e1.2\"], and below it path = \"/dev/...\"");
      return;
    }
    for (const toml::node& one : *array) read_listed(file, *one.as_table());
  }

  void read_keyed(const File& file, const toml::key& key, const toml::node& value) {
    const std::string typed(key.str());
    const Place place{file.name, static_cast<std::uint32_t>(key.source().begin.line)};
    if (const auto slot = unquoted_slot(key, value)) {
      say(place, fmt::format("[export.{}.{}] has its address without quotes", typed, *slot),
          fmt::format("write [export.\"{}{}.{}\"]", typed.starts_with('e') ? "" : "e", typed, *slot));
      return;
    }
    const auto address = checked_address(typed, place);
    if (!address) return;
    const auto* table = value.as_table();
    if (table == nullptr) {
      say(place, fmt::format("export {} is no table", address->to_string()),
          fmt::format("write [export.\"{}\"], and below it path = \"/dev/...\"", address->to_string()));
      return;
    }
    TableReader reader(*table, address->to_string(), file.name, problems_);
    reader.misplaced("address", "the table's name says it: remove the key");
    read_one(reader, *address, place);
  }

  void read_listed(const File& file, const toml::table& table) {
    const Place place{file.name, static_cast<std::uint32_t>(table.source().begin.line)};
    TableReader unnamed(table, "[[export]]", file.name, problems_);
    const auto typed = unnamed.text("address");
    if (!typed) {
      if (!unnamed.has("address")) {
        say(place, "[[export]] has no address", "add address = \"e1.2\", or write [export.\"e1.2\"]");
      }
      return;
    }
    const auto address = checked_address(*typed, unnamed.place("address"));
    if (!address) return;
    TableReader reader(table, address->to_string(), file.name, problems_);
    reader.find("address");
    read_one(reader, *address, place);
  }

  std::optional<wire::AoeAddress> checked_address(const std::string& typed, const Place& place) {
    const auto address = wire::AoeAddress::parse(typed);
    if (!address) {
      say(place, fmt::format("export '{}' has no valid address", typed),
          "write eSHELF.SLOT in quotes, like \"e1.2\": shelf 0 to 65534, slot 0 to 254");
    } else if (!address->is_valid_target()) {
      say(place,
          fmt::format("export '{}' has a wildcard as its address: 65535 means every shelf, 255 every slot", typed),
          "write a shelf from 0 to 65534 and a slot from 0 to 254");
    } else {
      return *address;
    }
    return std::nullopt;
  }

  void read_one(TableReader& reader, wire::AoeAddress address, const Place& place) {
    ExportConfig one = config_.defaults;
    one.address = address;
    one.place = place;
    read_export(reader, scope_, one);
    const auto [other, is_new] = exports_.emplace(address, std::move(one));
    if (is_new) return;
    say(place, fmt::format("{} is exported twice: also at {}", address.to_string(), other->second.place.to_string()),
        "give one of them another address, or remove it");
  }

  // Without interfaces nothing is served; said once.
  void check_reachable() {
    // `interfaces` may be there, but wrong, which was said.
    if (!config_.daemon.interfaces.empty() || !complete_ || files_[0].table.contains("interfaces")) return;
    for (const ExportConfig& one : config_.exports) {
      if (!one.interfaces.empty()) continue;
      say(one.place, fmt::format("{} is on no interface", one.address.to_string()),
          fmt::format("write interfaces = [\"eth1\"] (your SAN's) at the top of {}", files_[0].name));
      return;
    }
  }

  void say(Place place, std::string message, std::string remedy) {
    problems_.push_back({Severity::error, std::move(place), std::move(message), std::move(remedy)});
  }

  Problems& problems_;
  std::vector<File> files_;
  bool complete_ = true;
  NameScope scope_;
  Config config_;
  std::map<wire::AoeAddress, ExportConfig> exports_;
};

}  // namespace

Checked<Config> check_config(const std::vector<Source>& sources, std::string_view ethers) {
  Checked<Config> checked;
  Config config = Checker(checked.problems).check(sources, ethers);
  if (!has_errors(checked.problems)) checked.value = std::move(config);
  return checked;
}

}  // namespace aoekit::config
