// What clients of the control socket send: the corpus of fuzz_control.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace aoekit::fuzz {

std::vector<std::pair<std::string, std::string>> control_sessions();

}  // namespace aoekit::fuzz
