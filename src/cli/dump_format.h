// One frame as `aoe dump` prints it.
#pragma once

#include <sys/time.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/bytes.h"

namespace aoekit::cli {

// "12:34:56.789012": local time of day.
std::string format_time(const timeval& time);

// The frame's fields by name; frames that cannot be decoded have "reject" with the reason.
nlohmann::ordered_json frame_json(ByteView frame);

}  // namespace aoekit::cli
