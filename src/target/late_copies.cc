// A ring of records with a hash index; stations in a table where newcomers displace.
#include "target/late_copies.h"

#include <algorithm>
#include <bit>

namespace aoekit::target {
namespace {

// Tags of the Linux driver, Plan 9 and illumos: a counter above the low half of a clock that ticks up to 1024 times a
// second. User-space tools set the top bit, these never do.
constexpr std::uint32_t kTagUserSpace = 0x80000000;
constexpr unsigned kCounterBits = 15;
constexpr unsigned kClockBits = 16;
constexpr std::int64_t kTicksPerSecondMax = 1024;

// Frames that may be between two writes of one client, and how often tags must have counted up until they are believed.
constexpr std::int32_t kCounterStepMax = 128;
constexpr std::uint32_t kSteadyMin = 8;
constexpr std::uint32_t kSteadyMax = 64;
constexpr std::size_t kStations = 256;
// Of the writes with the same address and data; more are no sign of copies, but of somebody who repeats himself.
constexpr std::size_t kLookedAtMax = 16;

// Every bit of both reaches the low bits of the result.
std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x94d049bb133111ebU;
  hash = (hash ^ hash >> 32) * 0xbf58476d1ce4e5b9U;
  return hash ^ hash >> 29;
}

// b - a of two numbers that wrap around after so many bits, as a signed number.
std::int32_t difference(std::uint32_t a, std::uint32_t b, unsigned bits) {
  const std::uint32_t wrap = 1U << bits;
  const std::uint32_t up = (b - a) & (wrap - 1);
  return up < wrap / 2 ? static_cast<std::int32_t>(up) : static_cast<std::int32_t>(up) - static_cast<std::int32_t>(wrap);
}
std::int32_t counter_difference(std::uint32_t a, std::uint32_t b) { return difference(a >> 16, b >> 16, kCounterBits); }
std::int32_t clock_difference(std::uint32_t a, std::uint32_t b) { return difference(a, b, kClockBits); }

// Whether two tags come from one counter, a few frames apart.
bool is_near(std::uint32_t a, std::uint32_t b) {
  const std::int32_t step = counter_difference(a, b);
  return step != 0 && step >= -kCounterStepMax && step <= kCounterStepMax;
}

// A power of two, and so many that most are empty: what is not empty is a record to look at.
std::size_t buckets_for(std::size_t capacity) { return capacity == 0 ? 0 : std::bit_ceil(capacity) * 4; }

}  // namespace

LateCopies::LateCopies(std::size_t capacity, Duration lifetime)
    : lifetime_(lifetime), records_(capacity), newest_(buckets_for(capacity)), newest_of_tag_(buckets_for(capacity)),
      stations_(kStations) {}

std::size_t LateCopies::bucket_of(const WriteMark& write) const {
  const std::uint64_t hash = mix(mix(write.print, write.range.first.value), write.device.value);
  return static_cast<std::size_t>(hash & (newest_.size() - 1));
}

std::size_t LateCopies::tag_bucket_of(ExportId device, wire::MacAddress source, std::uint32_t tag) const {
  const std::uint64_t hash = mix(mix(tag, source.number()), device.value);
  return static_cast<std::size_t>(hash & (newest_of_tag_.size() - 1));
}

std::size_t LateCopies::place_of(ExportId device, wire::MacAddress source) {
  return static_cast<std::size_t>(mix(source.number(), device.value) % kStations);
}

void LateCopies::expect(ExportId device, wire::MacAddress source, std::uint32_t tag) const {
  if (records_.empty()) return;
  __builtin_prefetch(&newest_of_tag_[tag_bucket_of(device, source, tag)]);
}

std::optional<std::uint64_t> LateCopies::remembered(ShortNumber low) const {
  const std::uint64_t number = count_ - static_cast<ShortNumber>(count_ - low);
  if (number == 0 || number < oldest()) return std::nullopt;
  return number;
}

LateCopies::Station& LateCopies::station_of(ExportId device, wire::MacAddress source, std::uint32_t tag) {
  Station& station = stations_[place_of(device, source)];
  if (station.source != source || station.device != device) station = Station{device, source, tag};
  return station;
}

bool LateCopies::is_known_to_repeat_tags(const WriteMark& write) const {
  const Station& station = stations_[place_of(write.device, write.source)];
  return station.repeats_tags && station.source == write.source && station.device == write.device;
}

bool LateCopies::repeats_a_tag(const WriteMark& write, Instant now) const {
  const auto number = remembered(newest_of_tag_[tag_bucket_of(write.device, write.source, write.tag)]);
  if (!number) return false;
  const Record& old = record(*number);
  const bool is_recent = now - old.at <= lifetime_;
  const bool same_tag =
      old.write.device == write.device && old.write.source == write.source && old.write.tag == write.tag;
  const bool same_write = old.write.range == write.range && old.write.print == write.print;
  return is_recent && same_tag && !same_write;
}

void LateCopies::learn(const WriteMark& write, Instant now) {
  if (records_.empty()) return;
  Station& station = station_of(write.device, write.source, write.tag);
  station.repeats_tags = station.repeats_tags || repeats_a_tag(write, now);
  learn_tag(write.device, write.source, write.tag);
}

void LateCopies::learn_tag(ExportId device, wire::MacAddress source, std::uint32_t tag) {
  if (records_.empty()) return;
  Station& station = station_of(device, source, tag);
  // The network doubles frames and holds them up: that says nothing of how tags are made.
  const std::int32_t age = clock_difference(tag, station.newest_tag);
  const bool was_held_up = station.steady >= kSteadyMin && age > 0 && age <= ticks_max();
  if (tag == station.newest_tag || was_held_up) return;
  const bool counts = is_near(station.newest_tag, tag);
  station.steady = counts ? std::min(station.steady + 1, kSteadyMax) : station.steady / 2;
  if (!counts || counter_difference(station.newest_tag, tag) > 0) station.newest_tag = tag;
}

std::optional<std::uint64_t> LateCopies::original_of(const WriteMark& write, Instant now) {
  if (records_.empty()) return std::nullopt;
  const Station& station = station_of(write.device, write.source, write.tag);
  const bool believed =
      station.steady >= kSteadyMin && !station.repeats_tags && (write.tag & kTagUserSpace) == 0;
  const bool seems_old = believed && was_sent_before(write.tag, station.newest_tag);
  std::size_t looked_at = 0;
  for (auto number = remembered(newest_[bucket_of(write)]); number; number = remembered(record(*number).previous)) {
    const Record& old = record(*number);
    if (now - old.at > lifetime_ || ++looked_at > kLookedAtMax) break;
    const bool same = old.write.device == write.device && old.write.opcode == write.opcode &&
                      old.write.range == write.range && old.write.print == write.print;
    if (!same) continue;
    if (seems_old || (old.write.tag == write.tag && !is_known_to_repeat_tags(old.write))) return number;
  }
  return std::nullopt;
}

std::int64_t LateCopies::ticks_max() const {
  return lifetime_ / std::chrono::milliseconds(1) * kTicksPerSecondMax / 1000;
}

bool LateCopies::was_sent_before(std::uint32_t tag, std::uint32_t other) const {
  const std::int32_t ticks = clock_difference(tag, other);
  return ((tag | other) & kTagUserSpace) == 0 && counter_difference(tag, other) > 0 && ticks >= 0 &&
         ticks <= ticks_max();
}

LateCopies::Proof LateCopies::proof(const WriteMark& later, std::uint64_t original, const WriteMark& copy) const {
  if (later.device != copy.device || !later.range.overlaps(copy.range)) return Proof::none;
  const WriteMark& first = record(original).write;
  if (first.tag == copy.tag) {
    if (later.tag != copy.tag) return Proof::late;
    // It changed nothing if it was a copy itself. A client that gives all its requests the same tag must not have its
    // new ones taken for old.
    return later.range == copy.range && later.print == copy.print ? Proof::none : Proof::not_known;
  }
  if (is_copy(original, copy)) return Proof::late;
  const bool is_older = later.source == copy.source && was_sent_before(copy.tag, later.tag);
  return is_older ? Proof::late : Proof::not_known;
}

bool LateCopies::is_copy(std::uint64_t original, const WriteMark& copy) const {
  const WriteMark& first = record(original).write;
  if (first.tag == copy.tag) return true;
  // Sent before the original was, and so before anything that came after the original's end, from whomever.
  return first.source == copy.source && was_sent_before(copy.tag, first.tag);
}

LateCopies::Proof LateCopies::proof_of_all(std::uint64_t original, const WriteMark& copy) const {
  Proof all = Proof::none;
  for (std::uint64_t number = original + 1; number <= count_; ++number) {
    all = both(all, proof(record(number).write, original, copy));
  }
  return all;
}

void LateCopies::forget_writes(ExportId device) {
  for (Record& record : records_) {
    // As if it had failed: it has no copies, and still came between others.
    if (record.write.device == device) record.write.opcode = 0;
  }
}

void LateCopies::forget(ExportId device) {
  for (Record& record : records_) {
    if (record.write.device == device) record.write.device = kNoExport;
  }
  for (Station& station : stations_) {
    if (station.device == device) station = Station{};
  }
}

void LateCopies::done(const WriteMark& write, Instant now) {
  if (records_.empty()) return;
  ++count_;
  Record& record = records_[count_ % records_.size()];
  ShortNumber& newest = newest_[bucket_of(write)];
  record = {write, now, newest};
  newest = static_cast<ShortNumber>(count_);
  newest_of_tag_[tag_bucket_of(write.device, write.source, write.tag)] = newest;
}

}  // namespace aoekit::target
