// Finding the version in modinfo's output; labels in a column.
#include "aoetools/version_format.h"

#include <fmt/core.h>

namespace aoekit::aoetools {
namespace {

constexpr std::string_view kBlanks = " \t";

// The first word of `text`.
std::string_view first_word(std::string_view text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(kBlanks)));
  return text.substr(0, text.find_first_of(kBlanks));
}

}  // namespace

std::string installed_version(std::string_view modinfo_output) {
  constexpr std::string_view kParameter = "version:aoe module";
  constexpr std::string_view kField = "version:";
  std::string_view by_field;
  while (!modinfo_output.empty()) {
    const std::string_view line = modinfo_output.substr(0, modinfo_output.find('\n'));
    modinfo_output.remove_prefix(std::min(modinfo_output.size(), line.size() + 1));
    const std::size_t at = line.find(kParameter);
    if (line.starts_with("parm:") && at != std::string_view::npos) {
      return std::string(first_word(line.substr(at + kParameter.size())));
    }
    if (line.starts_with(kField)) by_field = first_word(line.substr(kField.size()));
  }
  return by_field.empty() ? "(unknown)" : std::string(by_field);
}

std::string version_text(std::string_view installed, Driver driver, const std::optional<std::string>& running) {
  const auto row = [](std::string_view label, std::string_view value) {
    return fmt::format("{:>22}:\t{}\n", label, value);
  };
  std::string text = row("aoetools", kAoetoolsVersion) + row("installed aoe driver", installed);
  if (driver == Driver::none) return text + row("running aoe driver", "(none)");
  if (!running) return text + row("aoe driver", "running");
  const bool says_so = running->starts_with("aoefuse");
  return text + row("running aoe driver", driver == Driver::aoefuse && !says_so ? "aoefuse " + *running : *running);
}

}  // namespace aoekit::aoetools
