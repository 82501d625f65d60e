// The results of a conformance run for people, line by line while it goes on, and as JSON at its end.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "cli/conform/runner.h"

namespace aoekit::conform {

// What was tested, one line: address, interface, and what the target says of itself.
std::string subject_line(Probe& probe, std::string_view interface);

// One case, with its section's title before the first of a section (`previous` is the case before, or null); with the
// details of a failure below it.
std::string result_lines(const CaseResult& result, const CaseResult* previous);

// The table of sections and counts, then the warnings.
std::string summary_table(const RunResult& run);

// One case a line: what there is to test.
std::string case_list(const std::string& only);

nlohmann::ordered_json run_json(const RunResult& run, Probe& probe, std::string_view interface);

}  // namespace aoekit::conform
