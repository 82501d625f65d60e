// Keeps messages that a broken cable, disk or client can cause without end from filling the log.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "base/log.h"
#include "base/time.h"

namespace aoekit::daemon {

// Of what is said about one thing, kPerInterval lines are written in each interval; the next one that is written says
// how many were not. Bounded: what is said of more than kThingsMax things at a time is counted together. One thread.
class LogLimit {
 public:
  static constexpr std::size_t kPerInterval = 10;
  static constexpr Duration kInterval = std::chrono::minutes(1);
  static constexpr std::size_t kThingsMax = 256;

  // `message` as it is to be written; empty while it would be one too many.
  std::string line(const std::string& thing, std::string message, Instant now);

  template <class... Args>
  void write(const std::string& thing, Instant now, LogLevel level, fmt::format_string<Args...> format,
             Args&&... args) {
    const std::string text = line(thing, fmt::format(format, std::forward<Args>(args)...), now);
    if (!text.empty()) log(level, "{}", text);
  }

 private:
  struct Told {
    Instant since{};
    std::size_t lines = 0;
    std::size_t left_out = 0;
  };
  std::map<std::string, Told> told_;
};

}  // namespace aoekit::daemon
