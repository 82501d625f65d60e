// Databases as fuzz_state gets them: good ones, and one for each way of being refused.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace aoekit::fuzz {

std::vector<std::pair<std::string, std::vector<std::uint8_t>>> state_databases();

}  // namespace aoekit::fuzz
