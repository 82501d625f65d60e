// Pinned worlds: a file each in sim/scenarios, with the options, what must come out, and why.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sim/options.h"
#include "sim/simulation.h"

namespace aoekit::sim {

// Lines are "# comment", "title: words", "options: name=value ...", "seeds: A..B", and either "expect: kept" or
// "expect: CHECKER", the latter for what is not promised: at least one of the seeds must break that rule, and none
// another one. "swarm: yes" draws the world from each seed before the options are set.
struct Scenario {
  std::string name;  // the file's, without folder and suffix
  std::string title;
  std::vector<std::string> assignments;
  std::uint64_t first_seed = 1, last_seed = 1;
  std::string expected_checker;  // empty: all promises are kept
  bool swarm = false;

  Options world(std::uint64_t seed) const;
};

Result<Scenario> read_scenario(const std::string& path);
// "A..B" or "A".
Result<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(const std::string& text);

}  // namespace aoekit::sim
