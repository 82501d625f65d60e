// Which requests a load consists of: kinds and places, one after the other.
#pragma once

#include <cstdint>

#include "base/prng.h"
#include "base/units.h"

namespace aoekit::bench {

enum class Kind : std::uint8_t { read, write, query };  // query: of the configuration; no disk is involved
enum class Order : std::uint8_t { random, sequential };

struct Request {
  Kind kind = Kind::read;
  SectorRange range;  // empty for a query
};

struct WorkloadOptions {
  bool queries = false;         // nothing but queries: the rest is not looked at
  unsigned read_percent = 100;  // of the requests, drawn one by one; the others are writes
  Order order = Order::random;
  SectorRange range{};          // all requests lie within
  Sectors request_size{};       // REQUIRES 0 < request_size <= range.count
  std::uint64_t seed = 1;       // of kinds and places
};

// Random places are multiples of the request size from the range's start on; sequential ones go through the range again
// and again, and leave out what is left over at its end. One thread.
class Workload {
 public:
  explicit Workload(const WorkloadOptions& options);
  Request next();

 private:
  WorkloadOptions options_;
  std::uint64_t places_;
  std::uint64_t next_place_ = 0;
  Prng prng_;
};

}  // namespace aoekit::bench
