// One file of /etc/vblade.conf.d: assignments in the shell's syntax. Nothing is executed.
#include "config/import_builder.h"

namespace aoekit::config {
namespace {

struct Assignment {
  std::string name;
  std::string value;
  Place place;
};

// The shell's words, as far as assignments go: quotes, backslashes, comments and semicolons.
class ShellReader {
 public:
  ShellReader(const Source& source, ImportBuilder& builder) : source_(source), rest_(source.text), builder_(builder) {}

  // Nothing where a word cannot be understood, which is said.
  std::optional<std::vector<Assignment>> assignments() {
    std::vector<Assignment> all;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '#') {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else if (c == ' ' || c == '\t' || c == ';' || c == '\r' || c == '\n') {
        step();
      } else {
        const Place place{source_.file, line_};
        const std::string word = read_word();
        const std::size_t equals = word.find('=');
        if (word == "export") continue;
        if (equals != std::string::npos && equals > 0) {
          all.push_back({word.substr(0, equals), word.substr(equals + 1), place});
        } else {
          builder_.warning(place, fmt::format("'{}' is no assignment, and is not run", word),
                           "write NAME=VALUE, with spaces in quotes");
        }
      }
    }
    return good_ ? std::optional(std::move(all)) : std::nullopt;
  }

 private:
  char step() {
    const char c = rest_.front();
    if (c == '\n') ++line_;
    rest_.remove_prefix(1);
    return c;
  }

  std::string read_word() {
    std::string word;
    char quote = 0;
    bool expands = false;
    const Place place{source_.file, line_};
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (quote == 0 && (c == ' ' || c == '\t' || c == ';' || c == '\n' || c == '\r')) break;
      step();
      if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      } else if (c == '\\' && quote != '\'' && !rest_.empty()) {
        word += step();
      } else {
        if ((c == '$' || c == '`') && quote != '\'') expands = true;
        word += c;
      }
    }
    if (quote != 0) refuse(place, "a quote is not closed", "close it");
    if (expands) refuse(place, fmt::format("'{}' needs the shell, which is not run", word), "write the value itself");
    return word;
  }

  void refuse(const Place& place, std::string message, const std::string& remedy) {
    good_ = false;
    builder_.error(place, std::move(message), remedy + "; the export is left out");
  }

  const Source& source_;
  std::string_view rest_;
  std::uint32_t line_ = 1;
  bool good_ = true;
  ImportBuilder& builder_;
};

// The long names of aoekit's own vblade.
char short_option(std::string_view name) {
  constexpr std::pair<std::string_view, char> kNames[] = {{"buffers", 'b'}, {"direct", 'd'}, {"sync", 's'},
                                                          {"read-only", 'r'}, {"mask", 'm'}, {"offset", 'o'},
                                                          {"length", 'l'}, {"force", 'f'}, {"busy-wait", 'w'},
                                                          {"receive", 'R'}};
  for (const auto& [known, letter] : kNames) {
    if (known == name) return letter;
  }
  return '?';
}

class OptionReader {
 public:
  OptionReader(const Assignment& options, ImportedExport& into, ImportBuilder& builder)
      : place_(options.place), words_(split_words(options.value, " \t\n")), into_(into), builder_(builder) {}

  void read() {
    while (at_ < words_.size()) {
      const std::string word = words_[at_++];
      if (word.starts_with("--") && word.size() > 2) {
        const std::size_t equals = word.find('=');
        const char letter = short_option(word.substr(2, equals == std::string::npos ? equals : equals - 2));
        apply(letter, word, equals == std::string::npos ? "" : word.substr(equals + 1));
      } else if (word.starts_with('-') && word.size() > 1) {
        read_letters(word);
      } else {
        unknown(word);
      }
    }
  }

 private:
  static bool takes_value(char letter) { return std::string_view("bmolw").find(letter) != std::string_view::npos; }

  // "-rb8" is -r -b 8.
  void read_letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const bool valued = takes_value(word[i]);
      apply(word[i] == 'f' || word[i] == 'w' ? '?' : word[i], word, valued ? word.substr(i + 1) : "");
      if (valued) return;
    }
  }

  void unknown(const std::string& word) {
    builder_.warning(place_, fmt::format("option '{}' is unknown and left out", word), "see vblade(8)");
  }

  std::optional<std::uint64_t> number(const std::string& text, const std::string& word, std::uint64_t min,
                                      std::uint64_t max) {
    const auto value = whole_number(text, max);
    if (value && *value >= min) return value;
    builder_.error(place_, fmt::format("option '{}' has '{}'", word, text),
                   fmt::format("write a number from {} to {}; the option is left out", min, max));
    return std::nullopt;
  }

  void apply(char letter, const std::string& word, std::string value) {
    if (takes_value(letter) && value.empty() && at_ < words_.size()) value = words_[at_++];
    constexpr std::uint64_t kSectorsMax = INT64_MAX / kSectorBytes / 2;
    ExportConfig& config = into_.config;
    switch (letter) {
      case 'b':
        config.buffers = static_cast<std::uint16_t>(number(value, word, 1, UINT16_MAX).value_or(config.buffers));
        return;
      case 'd': config.caching = Caching::direct; return;
      case 's': return;  // aoed's default
      case 'r': config.read_only = true; return;
      case 'f': config.force = true; return;
      case 'o': config.first_sector = Sectors{number(value, word, 0, kSectorsMax).value_or(0)}; return;
      case 'l':
        if (const auto sectors = number(value, word, 1, kSectorsMax)) config.length = Sectors{*sectors};
        return;
      case 'm':
        for (std::string& mac : split_words(value, ",")) into_.allow.push_back(std::move(mac));
        return;
      case 'w':
        builder_.warning(place_, "--busy-wait is the daemon's here, not an export's", "set busy_wait at the top");
        return;
      case 'R':
        builder_.warning(place_, "--receive is the daemon's here, not an export's", "set receive at the top");
        return;
      default: unknown(word);
    }
  }

  Place place_;
  std::vector<std::string> words_;
  std::size_t at_ = 0;
  ImportedExport& into_;
  ImportBuilder& builder_;
};

}  // namespace

void import_vblade(const Source& source, ImportBuilder& builder) {
  const auto assignments = ShellReader(source, builder).assignments();
  if (!assignments) return;
  std::map<std::string, Assignment> values;
  for (const Assignment& one : *assignments) values.insert_or_assign(one.name, one);
  for (const char* key : {"shelf", "slot", "netif", "filename"}) {
    if (values.contains(key) && !values.at(key).value.empty()) continue;
    builder.error({source.file}, fmt::format("{} is missing", key), "add it; without it vblade does not start, either");
    return;
  }
  const Place place = values.at("shelf").place;
  const auto address = imported_address(values.at("shelf").value, values.at("slot").value, place, builder);
  if (!address) return;
  ImportedExport one;
  one.config.address = *address;
  one.config.place = place;
  one.config.path = values.at("filename").value;
  one.config.interfaces = {values.at("netif").value};
  if (const auto options = values.find("options"); options != values.end()) {
    OptionReader(options->second, one, builder).read();
  }
  for (const auto& [name, assignment] : values) {
    if (name == "ionice" && !assignment.value.empty()) {
      builder.warning(assignment.place, "ionice has no equal: aoed serves all exports from one process",
                      "set limit for this export, or IOWeight= for aoed.service");
    } else if (name != "shelf" && name != "slot" && name != "netif" && name != "filename" && name != "options" &&
               name != "ionice") {
      builder.warning(assignment.place, fmt::format("{} is unknown and left out", name), "see vblade-persistence(5)");
    }
  }
  builder.add(std::move(one));
}

}  // namespace aoekit::config
