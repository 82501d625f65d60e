// The world's clock, its chance and its memory: virtual time, an event heap, streams of random numbers from one seed, a
// hash of everything that happened, and the first promise that was broken.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "sim/recorder.h"

namespace aoekit::sim {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A promise that was not kept: which checker says so, when, and what happened, in a sentence.
struct Failure {
  std::string checker;
  Instant at{};
  std::string text;
};

// Random numbers for one part of the world. Parts have streams of their own so that a fault that is switched off leaves
// the choices of all the others as they were: that is what lets a failing seed be reduced.
class Stream {
 public:
  explicit Stream(std::uint64_t seed) : prng_(seed) {}
  std::uint64_t next() { return prng_.next(); }
  // In [0, bound); 0 if bound is 0.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : prng_.below(bound); }
  // In [low, high].
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  bool percent(std::uint64_t chance) { return below(100) < chance; }
  bool ppm(std::uint64_t chance) { return chance != 0 && below(1'000'000) < chance; }
  Duration duration_below(Duration bound) {
    return Duration{static_cast<std::int64_t>(below(static_cast<std::uint64_t>(bound.count())))};
  }

 private:
  Prng prng_;
};

// Mixes a number into a hash.
std::uint64_t mix(std::uint64_t hash, std::uint64_t value);
std::uint64_t hash_of(ByteView bytes);

class World {
 public:
  using Action = std::function<void()>;

  // `recorder` may be null: then nothing is written down, and the run is the same.
  World(std::uint64_t seed, Recorder* recorder);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Instant now() const { return now_; }
  Stream stream(std::string_view name, std::uint64_t number = 0) const;

  // Events of one instant happen in the order in which they were asked for.
  void at(Instant when, Action action);
  void after(Duration delay, Action action) { at(now_ + delay, std::move(action)); }
  // Lets everything up to `end` happen, and then it is `end`. Stops at once at a failure.
  void run_until(Instant end);

  // Something happened: mixed into the trace hash.
  void mark(std::uint64_t what, std::uint64_t value) { hash_ = mix(mix(hash_, what), value); }
  std::uint64_t trace_hash() const { return hash_; }
  std::uint64_t events() const { return events_; }

  // Writes a line of the timeline, if anybody wants one.
  template <class... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    if (recorder_ != nullptr) recorder_->line(now_, fmt::format(format, std::forward<Args>(args)...));
  }
  // Whether anybody wants one: asked where making the words costs.
  bool telling() const { return recorder_ != nullptr; }
  Recorder* recorder() { return recorder_; }

  // A promise is broken. The first one counts and ends the run.
  void fail(std::string_view checker, std::string text);
  const std::optional<Failure>& failure() const { return failure_; }

 private:
  struct Event {
    Instant when;
    std::uint64_t number;
    Action action;
  };
  static bool is_later(const Event& a, const Event& b) {
    return a.when != b.when ? a.when > b.when : a.number > b.number;
  }

  std::uint64_t seed_;
  Recorder* recorder_;
  Instant now_;
  std::vector<Event> heap_;
  std::uint64_t numbered_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t hash_ = 0;
  std::optional<Failure> failure_;
};

}  // namespace aoekit::sim
