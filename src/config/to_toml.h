// An export as lines of TOML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace aoekit::config {

struct KeyLine {
  std::string_view key;
  std::string line;  // "buffers = 128"
};
// What differs from `defaults`, and the path, in the order of aoed.toml(5).
std::vector<KeyLine> key_lines(const ExportConfig& config, const ExportConfig& defaults);

// A TOML string in quotes. REQUIRES valid UTF-8.
std::string quoted(std::string_view text);
// ["eth0", "eth1"]
std::string quoted_list(const std::vector<std::string>& words);

}  // namespace aoekit::config
