// The progress line on a terminal and the summary at the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"

namespace aoekit::cli {

struct ProgressState {
  std::uint64_t bytes_done = 0;
  std::optional<std::uint64_t> bytes_total;  // nothing: not known
  Duration elapsed{};
  std::uint64_t bytes_before = 0;  // of those done, the ones that an earlier run did
};

// " 45% [=====>      ] 1.2 GiB of 2.7 GiB, 118 MiB/s, 0:13 left"; without a total: "1.2 GiB, 118 MiB/s".
std::string format_progress(const ProgressState& state);
// "118 MiB/s"; "-" while no time has passed.
std::string format_rate(std::uint64_t bytes, Duration elapsed);
// "0:07", "12:34", "1:02:03"
std::string format_clock(Duration duration);

// Draws the line on stderr, ten times a second at most, only if stderr is a terminal; wipes it when destroyed.
class ProgressLine {
 public:
  ProgressLine(std::optional<std::uint64_t> bytes_total, Instant start, std::uint64_t bytes_before = 0);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void update(std::uint64_t bytes_done);

 private:
  std::optional<std::uint64_t> bytes_total_;
  Instant start_;
  std::uint64_t bytes_before_;
  Instant drawn_at_ = Instant::min();
  bool terminal_;
};

}  // namespace aoekit::cli
