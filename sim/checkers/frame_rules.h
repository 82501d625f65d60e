// What every frame that our cores send must be: whole, decodable to itself, zero where it means nothing.
#pragma once

#include <string>

#include "base/bytes.h"

namespace aoekit::sim {

// An empty string, or the rule that the frame breaks.
std::string broken_frame_rule(ByteView frame);

}  // namespace aoekit::sim
