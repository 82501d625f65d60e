// Every one of a sector's 64 words depends on the value, the place and the word's number.
#include "sim/content.h"

#include <algorithm>

#include "base/check.h"
#include "base/cursor.h"

namespace aoekit::sim {
namespace {

constexpr std::size_t kWords = kSectorBytes / 8;

std::uint64_t key_of(Value value, Place place) {
  return value * 0x9e3779b97f4a7c15U ^ (place.disk << 48 | place.lba.value) * 0xbf58476d1ce4e5b9U;
}
std::uint64_t word_of(std::uint64_t key, std::uint64_t i) {
  const std::uint64_t z = (key + i) * 0x94d049bb133111ebU;
  return z ^ z >> 31;
}

}  // namespace

void stamp(MutableBytes sector, Value value, Place place) {
  AOEKIT_CHECK(sector.size() == kSectorBytes);
  if (value == kZeros) {
    std::ranges::fill(sector, std::uint8_t{0});
    return;
  }
  const std::uint64_t key = key_of(value, place);
  ByteWriter writer(sector);
  writer.u64_le(value);
  for (std::uint64_t i = 1; i < kWords; ++i) writer.u64_le(word_of(key, i));
}

Value value_in(ByteView sector, Place place) {
  AOEKIT_CHECK(sector.size() == kSectorBytes);
  ByteReader reader(sector);
  const Value value = reader.u64_le();
  if (value == kZeros) {
    return std::ranges::all_of(sector, [](std::uint8_t byte) { return byte == 0; }) ? kZeros : kGarbage;
  }
  const std::uint64_t key = key_of(value, place);
  for (std::uint64_t i = 1; i < kWords; ++i) {
    if (reader.u64_le() != word_of(key, i)) return kGarbage;
  }
  return value;
}

void stamp_all(MutableBytes data, Value value, Place place) {
  for (std::size_t at = 0; at < data.size(); at += kSectorBytes, ++place.lba.value) {
    stamp(data.subspan(at, kSectorBytes), value, place);
  }
}

}  // namespace aoekit::sim
