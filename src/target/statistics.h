// What is counted per export and per initiator, in the form in which it is shown and exported as metrics.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "block/block_op.h"
#include "target/outbox.h"
#include "wire/mac_address.h"

namespace aoekit::target {

// From the arrival of a request to its answer, target side. Bucket i counts what took less than bound(i) and, except
// for the first, not less than bound(i - 1); the last has no bound.
struct LatencyHistogram {
  static constexpr std::size_t kBuckets = 24;
  static constexpr Duration bound(std::size_t i) { return std::chrono::microseconds(2) * (1ULL << i); }

  std::array<std::uint64_t, kBuckets> counts{};
  std::uint64_t sum_ns = 0;

  void add(Duration latency);
  std::uint64_t total() const;
  // An upper bound of the latency that `fraction` (0..1) of the requests kept below; zero if there were none.
  Duration quantile(double fraction) const;
};

// A request that the disk has done.
struct Answered {
  block::OpKind kind = block::OpKind::read;
  std::uint64_t bytes = 0;  // of data that came or went
  Duration latency{};       // not negative
  std::uint64_t errors = 0;
};

// Plain totals since the export was added, or the initiator was first seen.
struct IoStatistics {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t flushes = 0;
  std::uint64_t trims = 0;
  std::uint64_t others = 0;        // every other command, AoE's own included
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t errors = 0;        // answered with an error, ATA's or AoE's
  std::uint64_t retransmissions = 0;  // copies of requests that were seen before
  std::uint64_t refused = 0;       // by access lists, reservations, exclusive holders
  std::uint64_t delayed = 0;       // waited for a rate limit or its turn
  std::uint64_t dropped = 0;       // for lack of room; the initiator sends again
  LatencyHistogram read_latency;
  LatencyHistogram write_latency;

  void add(const Answered& answered);
};

// One initiator at one export.
struct ClientRecord {
  ExportId device;
  wire::MacAddress mac;
  Instant first_seen{};
  Instant last_seen{};
  std::uint32_t in_flight = 0;
  IoStatistics statistics;
};

}  // namespace aoekit::target
