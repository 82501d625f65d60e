// A count of lines for each thing, begun anew in each interval.
#include "daemon/log_limit.h"

#include <utility>

namespace aoekit::daemon {

std::string LogLimit::line(const std::string& thing, std::string message, Instant now) {
  std::erase_if(told_, [&](const auto& entry) {
    return entry.second.left_out == 0 && now - entry.second.since >= kInterval;
  });
  const bool has_place = told_.size() < kThingsMax || told_.contains(thing);
  Told& told = told_[has_place ? thing : ""];
  if (told.lines == 0) told.since = now;
  if (now - told.since >= kInterval) told = {now, 0, told.left_out};
  if (told.lines >= kPerInterval) {
    ++told.left_out;
    return {};
  }
  ++told.lines;
  if (told.left_out > 0) {
    message += fmt::format(" ({} more messages like this were not logged)", std::exchange(told.left_out, 0));
  }
  return message;
}

}  // namespace aoekit::daemon
