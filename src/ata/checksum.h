// The checksum that ends IDENTIFY and SMART pages.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace aoekit::ata {

// The sum of all bytes, modulo 256.
inline std::uint8_t byte_sum(ByteView bytes) {
  std::uint8_t sum = 0;
  for (const std::uint8_t byte : bytes) sum = static_cast<std::uint8_t>(sum + byte);
  return sum;
}

// Sets the last byte so that the sum of the page is 0. REQUIRES !page.empty().
inline void seal(MutableBytes page) {
  page.back() = 0;
  page.back() = static_cast<std::uint8_t>(0U - byte_sum(page));
}

}  // namespace aoekit::ata
