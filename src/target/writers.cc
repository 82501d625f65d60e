// Taking and losing hold, and noticing that two write.
#include "target/writers.h"

#include "base/check.h"

namespace aoekit::target {

void Writers::set_rules(Sharing sharing, Duration exclusive_timeout) {
  sharing_ = sharing;
  exclusive_timeout_ = exclusive_timeout;
  if (sharing != Sharing::exclusive) holder_.reset();
}

void Writers::wrote(ExportId device, const wire::MacAddress& station, Instant now, EventQueue& events) {
  AOEKIT_CHECK(permits(station, now));
  if (would_take(station)) {
    release(device, events);
    holder_ = station;
    events.push({TargetEvent::Kind::holder_taken, device, station});
  }
  holder_heard_ = now;
  const bool is_second = last_writer_ && *last_writer_ != station && now - last_write_ < kSecondWriterWindow;
  if (sharing_ == Sharing::single && is_second && (!told_ || now - *told_ >= kSecondWriterWindow)) {
    events.push({TargetEvent::Kind::second_writer, device, station, *last_writer_});
    told_ = now;
  }
  last_writer_ = station;
  last_write_ = now;
}

bool Writers::release(ExportId device, EventQueue& events) {
  if (!holder_) return false;
  events.push({TargetEvent::Kind::holder_released, device, *holder_});
  holder_.reset();
  return true;
}

}  // namespace aoekit::target
