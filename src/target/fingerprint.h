// A number that stands for data.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace aoekit::target {

// Tells data apart, by every byte of it: what is different has the same print once in 2^64 cases, unless somebody makes
// it so. The same on every machine.
std::uint64_t fingerprint(ByteView data);

}  // namespace aoekit::target
