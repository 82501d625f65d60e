// What `aoe bench` prints.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/bench/bench_options.h"
#include "cli/bench/measure.h"

namespace aoekit::bench {

// What was found out about the targets before the load began.
struct Subject {
  std::string interfaces;               // "eth0"; empty: whichever the library took, or not known
  std::uint32_t sectors_per_frame = 0;  // the first target's, as all the following; 0: no frames are to be seen
  Sectors request_size{};
  std::size_t window = 0;               // 0: not known
  bool past_page_cache = true;          // of files
};

// "e1.2 on eth0: random reads of 4 KiB (1 frame), 32 outstanding".
std::string subject_line(const BenchOptions& options, const Subject& subject);
// Rates, latencies, CPU times and errors, a line each.
std::string result_lines(const BenchOptions& options, const Measured& measured);
nlohmann::ordered_json result_json(const BenchOptions& options, const Subject& subject, const Measured& measured);

}  // namespace aoekit::bench
