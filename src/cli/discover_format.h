// How `aoe discover` shows what it found.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ata/identify.h"
#include "cli/target_query.h"

namespace aoekit::cli {

struct Discovered {
  Target target;
  std::optional<ata::IdentifyPage> page;  // nothing: the target did not answer IDENTIFY
};

// A table with one line a target and path.
std::string format_discovered(const std::vector<Discovered>& found);
nlohmann::ordered_json discovered_json(const std::vector<Discovered>& found);

}  // namespace aoekit::cli
