// Other programs, started and waited for; they write to this process's standard output and error.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace aoekit::cli {

// The program's exit status, or 128 + the signal that ended it. An Error: it could not be started.
Result<int> run_program(const std::vector<std::string>& words);

// A program of ours: beside this one if it is there, else by PATH and in the directories for administrators' programs.
std::string find_our_program(const std::string& name);

}  // namespace aoekit::cli
