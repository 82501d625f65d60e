// fnmatch over interface names.
#include "net/interface_patterns.h"

#include <fnmatch.h>
#include <net/if.h>

#include <string_view>

namespace aoekit::net {
namespace {

constexpr std::string_view kLoopback = "lo";

bool takes_out(const std::string& pattern) { return pattern.starts_with('!'); }

bool fits(const std::string& pattern, const std::string& name) {
  const char* text = pattern.c_str() + (takes_out(pattern) ? 1 : 0);
  if (name == kLoopback && !takes_out(pattern)) return name == text;
  return ::fnmatch(text, name.c_str(), 0) == 0;
}

}  // namespace

bool chooses(std::span<const std::string> patterns, const std::string& name) {
  for (auto pattern = patterns.rbegin(); pattern != patterns.rend(); ++pattern) {
    if (fits(*pattern, name)) return !takes_out(*pattern);
  }
  return false;
}

bool is_plain_name(const std::string& pattern) { return pattern.find_first_of("!*?[\\") == std::string::npos; }

Status check_interface_pattern(const std::string& pattern) {
  const std::string text = takes_out(pattern) ? pattern.substr(1) : pattern;
  if (text.empty()) return fail("'{}' is no interface: give a name like eth0, or a pattern like en*", pattern);
  if (text.find_first_of("/: \t\n") != std::string::npos) {
    return fail("'{}' is no interface: names have no blanks, slashes or colons", pattern);
  }
  if (is_plain_name(text) && text.size() >= IFNAMSIZ) {
    return fail("'{}' is no interface: names have {} characters at most", pattern, IFNAMSIZ - 1);
  }
  const std::size_t bracket = text.find('[');
  // The first character behind "[" or "[!" belongs to the set whatever it is.
  if (bracket != std::string::npos && text.find(']', bracket + (text.substr(bracket + 1, 1) == "!" ? 3 : 2)) ==
                                          std::string::npos) {
    return fail("'{}' has a bracket that does not close: write for example eth[0-3]", pattern);
  }
  return {};
}

}  // namespace aoekit::net
