// One line a kind, export and station in each interval.
#include "daemon/event_log.h"

#include <fmt/core.h>

#include <string>

#include "base/log.h"

namespace aoekit::daemon {
namespace {

std::string station(const wire::MacAddress& mac, const config::Names& names) {
  const std::string name = names.name_of(mac);
  return name.empty() ? mac.to_string() : fmt::format("{} ({})", name, mac.to_string());
}

}  // namespace

std::string EventLog::line(wire::AoeAddress address, const target::TargetEvent& event, const config::Names& names,
                           Instant now) {
  std::erase_if(told_, [&](const auto& entry) {
    return entry.second.left_out == 0 && now - entry.second.at >= interval_;
  });
  const Key key{address, event.kind, event.mac};
  const auto found = told_.find(key);
  if (found == told_.end() && told_.size() >= kKeysMax) return {};
  if (found != told_.end() && now - found->second.at < interval_) {
    ++found->second.left_out;
    return {};
  }
  std::string text = fmt::format("{}: ", address.to_string());
  switch (event.kind) {
    case target::TargetEvent::Kind::second_writer:
      text += fmt::format("{} writes it, and so did {} within the last minute: if that is meant to be, set sharing to "
                          "shared; if not, data is being destroyed",
                          station(event.mac, names), station(event.other, names));
      break;
    case target::TargetEvent::Kind::holder_taken: text += station(event.mac, names) + " holds it now"; break;
    case target::TargetEvent::Kind::holder_released: text += station(event.mac, names) + " holds it no longer"; break;
  }
  Told& told = told_[key];
  if (told.left_out > 0) text += fmt::format(" ({} more like this were not logged)", told.left_out);
  told = {now, 0};
  return text;
}

void EventLog::write(wire::AoeAddress address, const target::TargetEvent& event, const config::Names& names,
                     Instant now) {
  const std::string text = line(address, event, names, now);
  if (text.empty()) return;
  const bool is_danger = event.kind == target::TargetEvent::Kind::second_writer;
  log(is_danger ? LogLevel::warning : LogLevel::notice, "{}", text);
}

}  // namespace aoekit::daemon
