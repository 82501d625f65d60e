// Who keeps a mounted file system busy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aoekit::cli {

// "bash (4711)", at most `max` of them and then "and others": processes with a file open, a working directory, a root
// or a mapping there, and file systems mounted below. Only those that this user may see.
std::vector<std::string> users_of_mount(std::string_view directory, std::size_t max);

}  // namespace aoekit::cli
