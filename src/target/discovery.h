// What a core with many exports still owes the network: answers to broadcasts and announcements, a few at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "target/limits.h"
#include "target/outbox.h"
#include "wire/frame.h"

namespace aoekit::target {

// How fast one of several cores may speak, see limits.h, where the numbers are those of all cores together.
struct Pace {
  std::size_t answers_at_once = kAnswersAtOnce;
  std::size_t answers_per_tick = kAnswersPerTick;
  std::size_t announcements_per_tick = kAnnouncementsPerTick;
  Duration tick = kTickInterval;
  Duration announce_interval_per_export = kAnnounceIntervalPerExport;

  // REQUIRES one core at least.
  static Pace for_one_of(std::size_t cores);
};

// A config query to a wildcard address whose answers have not all been sent. Its candidates, the exports of its shelf or
// all, are looked at once each, in turn.
struct Query {
  PortId port;
  wire::Header header;
  std::uint8_t op = 0;         // read, test or test_prefix
  std::string text;            // never longer than its capacity: kConfigStringBytesMax
  std::uint32_t next = 0;      // which of its candidates to look at next
  std::uint32_t left = 0;      // candidates not looked at; 0: this place is free

  // Whether a query of this kind repeats this one, from the same station, under whatever tag.
  bool is_repeated_by(PortId from, const wire::Header& other, const wire::ConfigBody& body) const;
};

// Announcements of many exports on one port, from the export `next` on to the one before `end`.
struct AnnouncePass {
  enum class State : std::uint8_t {
    idle,
    asked,    // as soon as somebody tells the time
    waiting,  // until `due`
    running
  } state = State::idle;
  std::uint32_t next = 0;
  std::uint32_t end = 0;
  std::uint32_t next_station = 0;  // of the mask list of `next`
  Instant due{};
  Instant earliest{};              // when the next pass may begin
};

}  // namespace aoekit::target
