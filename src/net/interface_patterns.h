// Which interfaces an administrator means by names and shell patterns: "eth0", "en*", "!enp3s0".
#pragma once

#include <span>
#include <string>

#include "base/result.h"

namespace aoekit::net {

// Whether the patterns (fnmatch(3): *, ?, [a-z]) choose the interface `name`. The last one that fits decides, and "!"
// in front of a pattern takes out what fits it; what none fits is not chosen. The loopback interface carries no network:
// only its plain name, "lo", chooses it, no pattern does.
bool chooses(std::span<const std::string> patterns, const std::string& name);

// Whether it names one interface, which can be missed, and does not choose among those there are.
bool is_plain_name(const std::string& pattern);

// What can be wrong with a pattern: it is empty, it has brackets that do not close, or no interface can have such a name.
[[nodiscard]] Status check_interface_pattern(const std::string& pattern);

}  // namespace aoekit::net
