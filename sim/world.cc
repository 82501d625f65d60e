// The event heap.
#include "sim/world.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace aoekit::sim {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  std::uint64_t z = (hash ^ value) + 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

std::uint64_t hash_of(ByteView bytes) {
  // Eight bytes at a time, least significant first on every machine.
  std::uint64_t hash = bytes.size();
  std::uint64_t word = 0;
  unsigned shift = 0;
  for (const std::uint8_t byte : bytes) {
    word |= static_cast<std::uint64_t>(byte) << shift;
    shift += 8;
    if (shift == 64) {
      hash = (hash ^ word) * 0x94d049bb133111ebU;
      hash ^= hash >> 29;
      word = shift = 0;
    }
  }
  return mix(hash, word);
}

World::World(std::uint64_t seed, Recorder* recorder) : seed_(seed), recorder_(recorder), now_(seconds(3600)) {}

Stream World::stream(std::string_view name, std::uint64_t number) const {
  return Stream(mix(mix(seed_, hash_of(bytes_of(name))), number));
}

void World::at(Instant when, Action action) {
  heap_.push_back({std::max(when, now_), numbered_++, std::move(action)});
  std::push_heap(heap_.begin(), heap_.end(), is_later);
}

void World::run_until(Instant end) {
  while (!failure_ && !heap_.empty() && heap_.front().when <= end) {
    std::pop_heap(heap_.begin(), heap_.end(), is_later);
    const Event event = std::move(heap_.back());
    heap_.pop_back();
    now_ = event.when;
    ++events_;
    mark(event.number, static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    event.action();
  }
  if (!failure_) now_ = end;
}

void World::fail(std::string_view checker, std::string text) {
  if (failure_) return;
  say("BROKEN PROMISE ({}): {}", checker, text);
  failure_ = Failure{std::string(checker), now_, std::move(text)};
}

}  // namespace aoekit::sim
