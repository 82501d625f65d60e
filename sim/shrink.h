// From a world that breaks a promise to the smallest that still breaks it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sim/options.h"
#include "sim/simulation.h"

namespace aoekit::sim {

// Runs a world in a process of its own, so that a failed check in the code under test is a failure like the others (of
// the checker "crash") and not the end. Nothing: all promises were kept.
std::optional<Failure> run_apart(const Options& options, Canary canary);

// Switches faults off and takes stations away, one by one, for as long as the same checker still complains. `progress`
// is told of each step in words. REQUIRES: the world fails with this checker.
Options shrink(Options options, Canary canary, const std::string& checker,
               const std::function<void(const std::string&)>& progress);

}  // namespace aoekit::sim
