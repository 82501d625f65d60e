// TOML text to a table, with messages that say more than the parser's own where a mistake is common.
#pragma once

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>

#include "config/problem.h"

namespace aoekit::config {

inline constexpr std::size_t kFileBytesMax = std::size_t{16} << 20;

// Nothing, and a problem, where `text` is no TOML. Any bytes may come.
std::optional<toml::table> parse_toml(std::string_view text, const std::string& file, Problems& problems);

}  // namespace aoekit::config
