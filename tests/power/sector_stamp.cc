// Eight bytes of version, then a pseudo-random stream that no other sector and no other version shares.
#include "tests/power/sector_stamp.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/prng.h"

namespace aoekit::power {
namespace {

void put(MutableBytes out, std::uint64_t value) {
  for (std::uint8_t& byte : out) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

}  // namespace

void stamp(MutableBytes sector, Lba lba, checkers::Version version) {
  AOEKIT_CHECK(sector.size() == kSectorBytes);
  put(sector.first(8), version);
  Prng stream(lba.value * 0x9e3779b97f4a7c15U ^ version);
  for (std::size_t at = 8; at < kSectorBytes; at += 8) put(sector.subspan(at, 8), stream.next());
}

checkers::Version read_stamp(ByteView sector, Lba lba) {
  AOEKIT_CHECK(sector.size() == kSectorBytes);
  if (std::ranges::all_of(sector, [](std::uint8_t byte) { return byte == 0; })) return checkers::kInitialVersion;
  checkers::Version version = 0;
  for (std::size_t i = 8; i-- > 0;) version = version << 8 | sector[i];
  std::array<std::uint8_t, kSectorBytes> expected;
  stamp(expected, lba, version);
  return std::ranges::equal(sector, expected) ? version : checkers::kGarbage;
}

}  // namespace aoekit::power
