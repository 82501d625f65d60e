// Views of raw memory, the only shape in which frames and sectors travel.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace aoekit {

using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

// The bytes of a text, without its NUL.
inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace aoekit
