// What the import parsers have in common: exports with lists of names, collected, merged and written.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/import.h"

namespace aoekit::config {

struct ImportedExport {
  ExportConfig config = {};
  // Stations as words; empty: nothing said.
  std::vector<std::string> allow = {};
  std::vector<std::string> deny = {};
  std::vector<std::string> allow_write = {};
  std::vector<std::string> deny_write = {};
};

// One line of another target's configuration.
struct Setting {
  std::string key;
  std::string value;
  Place place;
};

class ImportBuilder {
 public:
  std::vector<std::string> interfaces;
  std::string log_level;
  ExportConfig defaults;

  void error(Place place, std::string message, std::string remedy);
  void warning(Place place, std::string message, std::string remedy);
  void add_group(const Place& place, const std::string& name, std::vector<std::string> members);
  // One address on several interfaces with the same disk is one export here. Another disk at the address is an error.
  void add(ImportedExport one);
  // Writes all, checks it, and adds what is wrong with it.
  Imported finish(std::string_view from, std::string_view ethers);

 private:
  std::string text(std::string_view from) const;
  void force_doubles();

  std::map<std::string, std::vector<std::string>> groups_;
  std::map<wire::AoeAddress, ImportedExport> exports_;
  Problems problems_;
};

// "eth0, eth1" or "eth0 eth1".
std::vector<std::string> split_words(std::string_view text, std::string_view separators);
std::string_view trim(std::string_view text);
// A whole number in [0, max], decimal or 0x; nothing otherwise.
std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t max);
// shelf and slot as texts. Nothing, and an error, where they are none.
std::optional<wire::AoeAddress> imported_address(const std::string& shelf, const std::string& slot, const Place& place,
                                                 ImportBuilder& builder);

// Each in its file, import_NAME.cc.
void import_vblade(const Source& source, ImportBuilder& builder);
void import_ggaoed(const Source& source, ImportBuilder& builder);
void import_qaoed(const Source& source, ImportBuilder& builder);

}  // namespace aoekit::config
