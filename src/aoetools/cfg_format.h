// The lines of aoecfg.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "wire/frame.h"

namespace aoekit::aoetools {

// The line for a config response: "1.2<tab>STRING", or the string alone for one target; an AoE error in place of the
// string is "*badcfg*" or the like. Nothing if the frame is malformed. With newline.
std::optional<std::string> answer_line(const wire::Header& header, ByteView frame, bool string_alone);

}  // namespace aoekit::aoetools
