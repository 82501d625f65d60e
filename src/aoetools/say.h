// Lines for people: on stderr, as the tools' ancestors word them.
#pragma once

#include <fmt/core.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace aoekit::aoetools {

// One line on stderr.
template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  const std::string line = fmt::format(format, std::forward<Args>(args)...) + "\n";
  static_cast<void>(std::fwrite(line.data(), 1, line.size(), stderr));  // nobody is left to tell of a failure
}

// Bytes on stdout; main() reports a failure at the end.
inline void put(std::string_view text) { static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout)); }

}  // namespace aoekit::aoetools
