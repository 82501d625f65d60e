// One line of text for a frame, as `aoe dump`, logs and failing tests show it.
#pragma once

#include <string>

#include "base/bytes.h"

namespace aoekit::wire {

// Never fails: bytes that are no frame are named with the reason.
std::string describe(ByteView frame);

}  // namespace aoekit::wire
