// Names of stations and groups: from [stations], [groups] and /etc/ethers to MAC addresses.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/problem.h"
#include "config/table_reader.h"

namespace aoekit::config {

// Groups within groups within groups: no deeper than this.
inline constexpr std::size_t kGroupDepthMax = 16;

// What words may mean.
struct NameScope {
  Names names = {};
  std::set<std::string, std::less<>> broken = {};  // names whose definition has an error, which was said there
  bool complete = true;                            // false: a file could not be read, so names may be missing
};

// Whether `name` may be a station's or group's: letters, digits, '.', '_' and '-', and no MAC address.
bool is_good_name(std::string_view name);

// Collects the tables of all files, then makes the names.
class NamesReader {
 public:
  explicit NamesReader(Problems& problems) : problems_(&problems) {}

  // Lines of ethers(5); what does not parse is passed over, as everybody does. Names of [stations] go first.
  void add_ethers(std::string_view text);
  void add_stations(TableReader& table);
  void add_groups(TableReader& table);
  NameScope finish(bool complete);

 private:
  struct Group {
    std::vector<Word> words;
    Place place;
    enum class State : std::uint8_t { unseen, in_progress, done } state = State::unseen;
  };
  bool is_free(const std::string& name, TableReader& table);
  const std::vector<wire::MacAddress>& resolve(const std::string& name, std::vector<std::string>& path);
  void add_member(const Word& word, std::vector<std::string>& path, std::vector<wire::MacAddress>& into);
  void check_twins();
  void say(Severity severity, Place place, std::string message, std::string remedy);

  Problems* problems_;
  std::map<std::string, Place> defined_;
  std::map<std::string, wire::MacAddress> ethers_;
  std::map<std::string, Group> groups_;
  NameScope scope_;
};

// The MACs of `words`, sorted, without duplicates. What is unknown or wrong becomes a problem of `key` in `table`.
std::vector<wire::MacAddress> resolve(const std::vector<Word>& words, const NameScope& scope, std::string_view key,
                                      TableReader& table);

}  // namespace aoekit::config
