// Reading aoed's configuration: the main file, the directory beside it, and the names of /etc/ethers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/problem.h"

namespace aoekit::config {

inline constexpr const char* kDefaultFile = "/etc/aoekit/aoed.toml";

// Where more files lie: "/etc/aoekit/aoed.d" for "/etc/aoekit/aoed.toml". Every *.toml in it that is not hidden is
// read, in the order of the names. A main file that does not end in .toml gets ".d" behind its whole name.
std::string drop_in_directory(const std::string& file);

// One file's text.
struct Source {
  std::string file;  // its name, for messages
  std::string text;
};
// `sources[0]` is the main file, and the only one in which [defaults] and the daemon's own keys may be. `ethers` is the
// text of /etc/ethers. Reads no file: for tests, fuzzers and programs that have the text already. Any bytes may come.
Checked<Config> check_config(const std::vector<Source>& sources, std::string_view ethers = {});

struct LoadOptions {
  std::string ethers = "/etc/ethers";
};
// Reads `file` and everything beside it. All mistakes of all files are in the answer; an unreadable file is one.
// What others than root, this process' user and the configured `user` may change is warned about; so is a main file of
// `user`, since it says who that is. Blocks on the disk.
Checked<Config> load_config(const std::string& file, const LoadOptions& options = {});

}  // namespace aoekit::config
