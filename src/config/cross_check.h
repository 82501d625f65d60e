// Mistakes that only several exports together can make: two on the same sectors, and exports that nobody can reach.
#pragma once

#include "config/config.h"
#include "config/problem.h"

namespace aoekit::config {

// Exports of one path whose sectors overlap: an error where both can be written (unless one has `force`), otherwise a
// warning. `exports` are by address; the later one gets the problem, naming both.
void check_overlaps(const std::vector<ExportConfig>& exports, Problems& problems);
// The same for one export that is about to be among the others; another with its address is passed over.
void check_overlaps_of(const ExportConfig& one, const std::vector<ExportConfig>& others, Problems& problems);

}  // namespace aoekit::config
