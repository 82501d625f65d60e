// The IDENTIFY page as `aoe identify` shows it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ata/identify.h"

namespace aoekit::cli {

// One line a field, names aligned.
std::string format_identify(const ata::IdentifyPage& page);
nlohmann::ordered_json identify_json(const ata::IdentifyPage& page);

}  // namespace aoekit::cli
