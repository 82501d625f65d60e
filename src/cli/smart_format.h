// SMART pages as `aoe smart` shows them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/smart_page.h"

namespace aoekit::cli {

enum class SmartVerdict { passed, failing };

// All that `aoe smart` gathered of one disk.
struct SmartReport {
  SmartVerdict verdict = SmartVerdict::passed;
  SmartData data;
  std::vector<SmartLog> logs;
};

std::string format_smart(const SmartReport& report);
nlohmann::ordered_json smart_json(const SmartReport& report);

// Sixteen bytes a line with offset, hex and text.
std::string hex_dump(ByteView bytes);

}  // namespace aoekit::cli
