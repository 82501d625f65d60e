// Files that are there whole or not at all, whatever happens in between.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace aoekit::config {

// Writes beside it, syncs, renames, syncs the directory. Makes the directory if there is none. Mode 0644.
Status replace_file(const std::string& path, std::string_view text);
// Removes it and syncs the directory. An absent file is no error.
Status remove_file(const std::string& path);

}  // namespace aoekit::config
