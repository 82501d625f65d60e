// How `aoe doctor` shows what it saw and found.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/doctor/facts.h"
#include "cli/doctor/findings.h"

namespace aoekit::cli::doctor {

std::size_t problem_count(const std::vector<Finding>& findings);
std::string format_report(const Facts& facts, const std::vector<Finding>& findings);
nlohmann::ordered_json report_json(const Facts& facts, const std::vector<Finding>& findings);

}  // namespace aoekit::cli::doctor
