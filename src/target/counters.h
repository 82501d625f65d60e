// What the core counts: every frame ends up in exactly one of these.
#pragma once

#include <cstdint>

namespace aoekit::target {

// Plain totals since start. "Silent" ones got no answer.
struct TargetCounters {
  std::uint64_t requests = 0;            // answered or being worked on, per export reached
  std::uint64_t replies = 0;             // frames put into an outbox, announcements included
  std::uint64_t malformed = 0;           // answered with AoE Error 2: body too short or inconsistent, unknown sub-command
  std::uint64_t unknown_command = 0;     // answered with AoE Error 1
  std::uint64_t unsupported_version = 0; // answered with AoE Error 5
  std::uint64_t reserved = 0;            // answered with AoE Error 6
  std::uint64_t unavailable = 0;         // answered with AoE Error 3
  std::uint64_t silent_not_a_frame = 0;  // no whole header, or not AoE
  std::uint64_t silent_response = 0;     // Response flag set
  std::uint64_t silent_not_for_us = 0;   // another station's MAC, or a shelf.slot that is not here
  std::uint64_t silent_bad_source = 0;   // a multicast source address, which no answer may go to
  std::uint64_t silent_masked = 0;       // the station is not in the mask list
  std::uint64_t silent_config_test = 0;  // config test or prefix test that does not match
  std::uint64_t silent_stopping = 0;     // arrived after stop_accepting()
  std::uint64_t queries_spread = 0;      // broadcasts that so many exports answer that they do so one after the other
  std::uint64_t queries_announced = 0;   // more of them than can be remembered: all exports are announced instead
  std::uint64_t dropped_no_buffer = 0;   // all buffers in use
  std::uint64_t duplicates = 0;          // copies of a request in flight, not applied again
  std::uint64_t late_copies = 0;         // copies of a replaced write, answered and not applied again
  std::uint64_t ordered = 0;             // requests that waited for an overlapping earlier one
};

}  // namespace aoekit::target
