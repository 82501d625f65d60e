// The driver's control files: discover, flush, revalidate, interfaces.
#pragma once

#include <string>
#include <string_view>

#include "aoetools/environment.h"
#include "base/result.h"

namespace aoekit::aoetools {

// Whether the control file is there and of the right kind: a character device of the kernel driver, or aoefuse's file.
// Says what is wrong, in the ancestors' words, and is false if not.
bool check_control(std::string_view tool, const Places& places, const std::string& control);

// The bytes that make the driver forget the disk `name` and no other. It compares as many bytes as it is given, so a
// bare "e1.1" would also mean e1.10; with the name's end it means itself.
std::string flush_command(const std::string& name);

}  // namespace aoekit::aoetools
