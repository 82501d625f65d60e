// Small files of sysfs and of the control directory: whole reads, single writes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aoekit::aoetools {

// The file's bytes; nothing if it cannot be opened or read. For files of a few kilobytes.
std::optional<std::string> read_file(const std::string& path);
// The same without the newlines at its end, as $(cat path) has it.
std::optional<std::string> read_value(const std::string& path);
// Hands all of `bytes` to an existing file in one write(2), as drivers want their commands.
[[nodiscard]] Status write_once(const std::string& path, std::string_view bytes);

}  // namespace aoekit::aoetools
