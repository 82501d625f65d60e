// How an export may touch what is behind it.
#pragma once

#include <cstdint>

namespace aoekit::backend {

enum class Access : std::uint8_t { read_write, read_only };

}  // namespace aoekit::backend
