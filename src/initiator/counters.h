// Plain totals of the initiator core since its start.
#pragma once

#include <cstdint>

namespace aoekit::initiator {

// Every received frame ends up in exactly one of the first group.
struct InitiatorCounters {
  std::uint64_t answers = 0;           // to ATA frames and to questions
  std::uint64_t config_responses = 0;  // announcements and answers to discovery and probes
  std::uint64_t config_refused = 0;    // likewise, but from a wildcard address, with an error, or no room for it
  std::uint64_t not_a_response = 0;    // requests, frames that are not AoE, frames without a whole header
  std::uint64_t unknown_tag = 0;       // second answers to retransmitted frames, answers for other programs
  std::uint64_t wrong_sender = 0;      // our tag, from a MAC or interface where it was not sent, or another shelf.slot
  std::uint64_t malformed = 0;         // a body that cannot be

  std::uint64_t frames_sent = 0;  // that carry ATA commands of requests; copies included
  std::uint64_t retransmitted = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t gave_up = 0;      // frames unanswered for dead_after
  std::uint64_t questions = 0;    // IDENTIFY and reservation requests, copies included
  std::uint64_t probes = 0;       // config requests to one path or one device
  std::uint64_t broadcasts = 0;   // config requests to everybody, one a port
  std::uint64_t quarantined = 0;  // requests that waited for the copies of an earlier write
  std::uint64_t settled = 0;      // writes that waited for frames of their own, which had been cut anew
};

}  // namespace aoekit::initiator
