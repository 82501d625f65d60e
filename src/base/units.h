// Distinct types for sector addresses and counts, so that bytes and sectors cannot be mixed up.
#pragma once

#include <compare>
#include <cstdint>

namespace aoekit {

// AoE and this project count in sectors of 512 bytes, whatever the disk's physical sector is.
inline constexpr std::uint32_t kSectorBytes = 512;

// A number of 512-byte sectors.
struct Sectors {
  std::uint64_t count = 0;
  constexpr std::uint64_t bytes() const { return count * kSectorBytes; }
  auto operator<=>(const Sectors&) const = default;
};

// The address of one 512-byte sector.
struct Lba {
  std::uint64_t value = 0;
  constexpr std::uint64_t byte_offset() const { return value * kSectorBytes; }
  auto operator<=>(const Lba&) const = default;
};

// `count` sectors from `first` on. May be empty.
struct SectorRange {
  Lba first;
  Sectors count;
  constexpr std::uint64_t end() const { return first.value + count.count; }
  constexpr bool overlaps(const SectorRange& other) const {
    return first.value < other.end() && other.first.value < end();
  }
  // Whether the range lies within a disk of `size`, without overflow for any input.
  constexpr bool fits(Sectors size) const {
    return first.value <= size.count && count.count <= size.count - first.value;
  }
  auto operator<=>(const SectorRange&) const = default;
};

}  // namespace aoekit
