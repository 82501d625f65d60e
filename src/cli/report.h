// The one line on stderr with which a tool fails, and JSON on stdout.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/result.h"

namespace aoekit::cli {

// "aoe: MESSAGE"; returns kExitFailed.
int report(const Error& error);
// The same for a command line that cannot be meant; returns kExitUsage.
int report_usage(std::string_view message);
// A remark on stderr that changes nothing.
void note(std::string_view message);

// Indented, one document, with a newline; bytes that are not UTF-8 become U+FFFD.
void print_json(const nlohmann::ordered_json& document);
// Compact, one line.
void print_json_line(const nlohmann::ordered_json& document);

}  // namespace aoekit::cli
