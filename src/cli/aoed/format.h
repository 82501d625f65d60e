// How a running aoed, its exports, interfaces and clients are shown to people.
#pragma once

#include <string>
#include <vector>

#include "control/api.h"

namespace aoekit::cli {

inline constexpr std::size_t kAnyWidth = control::kNoLimit;

// "1.5 s", "12 min", "3 h", "5 d"
std::string time_text(Duration duration);
// "64 us", "2.0 ms": latencies.
std::string latency_text(Duration latency);
// At most `width` characters, the end of the text, which tells paths apart: "...lib/disk.img".
std::string shortened(const std::string& text, std::size_t width);

// Tables with a heading. The last column is shortened so that lines fit `width`.
std::string format_exports(const std::vector<control::ExportInfo>& exports, std::size_t width);
std::string format_interfaces(const std::vector<control::InterfaceInfo>& interfaces);
std::string format_clients(const std::vector<control::ClientInfo>& clients);
// Everything about one, a line each.
std::string format_export(const control::ExportInfo& shown);
std::string format_daemon(const control::DaemonInfo& daemon);

}  // namespace aoekit::cli
