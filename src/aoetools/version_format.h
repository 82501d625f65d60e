// The three lines of aoe-version.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aoetools/environment.h"

namespace aoekit::aoetools {

// The aoetools whose behaviour these tools have.
inline constexpr const char* kAoetoolsVersion = "36";

// The driver's version in what modinfo(8) prints of it; "(unknown)" if it says nothing.
std::string installed_version(std::string_view modinfo_output);

// `running` is the content of the driver's version file, if it has one.
std::string version_text(std::string_view installed, Driver driver, const std::optional<std::string>& running);

}  // namespace aoekit::aoetools
