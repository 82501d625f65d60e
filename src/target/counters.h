// What the core counts: every frame ends up in exactly one of these.
#pragma once

#include <array>
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
  std::uint64_t silent_no_access = 0;    // the station is not in the export's access list
  std::uint64_t silent_config_test = 0;  // config test or prefix test that does not match
  std::uint64_t silent_stopping = 0;     // arrived after stop_accepting()
  std::uint64_t queries_spread = 0;      // broadcasts that so many exports answer that they do so one after the other
  std::uint64_t queries_announced = 0;   // more of them than can be remembered: all exports are announced instead
  std::uint64_t dropped_no_buffer = 0;   // all buffers in use
  std::uint64_t dropped_state_busy = 0;  // would change what is kept while another change waits to be stored
  std::uint64_t dropped_over_share = 0;  // buffers are short, and the station has its share of them
  std::uint64_t dropped_over_limit = 0;  // over a rate limit, and would have to wait for too long
  std::uint64_t dropped_fence = 0;       // would take an exclusive export while another's writes are in progress
  std::uint64_t write_protected = 0;     // answered as by a read-only disk: no write access, or not the holder
  std::uint64_t events_lost = 0;         // TargetEvents that nobody took in time
  std::uint64_t duplicates = 0;          // copies of a request in flight, not applied again
  std::uint64_t late_copies = 0;         // copies of a replaced write, answered and not applied again
  std::uint64_t group_syncs = 0;         // that answered what had to be stable, together
  std::uint64_t group_writes = 0;        // writes and trims that they answered
  std::uint64_t delayed = 0;             // requests that waited for a rate limit
  std::uint64_t ordered = 0;             // requests that waited for an overlapping earlier one
};

// For whoever shows, sums or exports all of them.
enum class CounterKind : std::uint8_t {
  reject,  // frames that were not served: the name is the reason
  plain,
};

struct CounterName {
  const char* name;
  std::uint64_t TargetCounters::*member;
  CounterKind kind;
};

inline constexpr std::array kTargetCounterNames{
    CounterName{"requests", &TargetCounters::requests, CounterKind::plain},
    CounterName{"replies", &TargetCounters::replies, CounterKind::plain},
    CounterName{"malformed", &TargetCounters::malformed, CounterKind::reject},
    CounterName{"unknown_command", &TargetCounters::unknown_command, CounterKind::reject},
    CounterName{"unsupported_version", &TargetCounters::unsupported_version, CounterKind::reject},
    CounterName{"reserved", &TargetCounters::reserved, CounterKind::reject},
    CounterName{"unavailable", &TargetCounters::unavailable, CounterKind::reject},
    CounterName{"silent_not_a_frame", &TargetCounters::silent_not_a_frame, CounterKind::reject},
    CounterName{"silent_response", &TargetCounters::silent_response, CounterKind::reject},
    CounterName{"silent_not_for_us", &TargetCounters::silent_not_for_us, CounterKind::reject},
    CounterName{"silent_bad_source", &TargetCounters::silent_bad_source, CounterKind::reject},
    CounterName{"silent_masked", &TargetCounters::silent_masked, CounterKind::reject},
    CounterName{"silent_no_access", &TargetCounters::silent_no_access, CounterKind::reject},
    CounterName{"silent_config_test", &TargetCounters::silent_config_test, CounterKind::reject},
    CounterName{"silent_stopping", &TargetCounters::silent_stopping, CounterKind::reject},
    CounterName{"queries_spread", &TargetCounters::queries_spread, CounterKind::plain},
    CounterName{"queries_announced", &TargetCounters::queries_announced, CounterKind::plain},
    CounterName{"dropped_no_buffer", &TargetCounters::dropped_no_buffer, CounterKind::reject},
    CounterName{"dropped_state_busy", &TargetCounters::dropped_state_busy, CounterKind::reject},
    CounterName{"dropped_over_share", &TargetCounters::dropped_over_share, CounterKind::reject},
    CounterName{"dropped_over_limit", &TargetCounters::dropped_over_limit, CounterKind::reject},
    CounterName{"dropped_fence", &TargetCounters::dropped_fence, CounterKind::reject},
    CounterName{"write_protected", &TargetCounters::write_protected, CounterKind::reject},
    CounterName{"events_lost", &TargetCounters::events_lost, CounterKind::plain},
    CounterName{"duplicates", &TargetCounters::duplicates, CounterKind::plain},
    CounterName{"late_copies", &TargetCounters::late_copies, CounterKind::plain},
    CounterName{"group_syncs", &TargetCounters::group_syncs, CounterKind::plain},
    CounterName{"group_writes", &TargetCounters::group_writes, CounterKind::plain},
    CounterName{"delayed", &TargetCounters::delayed, CounterKind::plain},
    CounterName{"ordered", &TargetCounters::ordered, CounterKind::plain},
};
static_assert(kTargetCounterNames.size() * sizeof(std::uint64_t) == sizeof(TargetCounters),
              "a counter was added or removed: give it its name here, and its row in docs/metrics.md");

}  // namespace aoekit::target
