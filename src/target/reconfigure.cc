// What there is: ports and exports come, change and go while requests are being worked on.
#include <algorithm>

#include "base/check.h"
#include "target/target_core.h"

namespace aoekit::target {
namespace {

// Whether stations that look again see something else: in the config response, or in the IDENTIFY page.
bool looks_different(const Export& before, const Export& now) {
  const ata::DiskIdentity& old = before.disk.identity;
  const ata::DiskIdentity& identity = now.disk.identity;
  return before.buffer_count != now.buffer_count || before.firmware_version != now.firmware_version ||
         before.ports != now.ports || before.disk.size != now.disk.size || old.read_only != identity.read_only ||
         old.has_write_cache != identity.has_write_cache || old.can_trim != identity.can_trim ||
         before.access != now.access;
}

}  // namespace

PortId TargetCore::add_port(const PortOptions& options) {
  const auto place = std::ranges::find_if(ports_, [](const auto& port) { return !port.has_value(); });
  const PortId id{static_cast<std::uint16_t>(place - ports_.begin())};
  AOEKIT_CHECK(id < kNoPort);
  if (place == ports_.end()) {
    ports_.emplace_back();
    passes_.emplace_back();
  }
  ports_[id.value] = options;
  return id;
}

void TargetCore::remove_port(PortId id) {
  AOEKIT_CHECK(has_port(id));
  ports_[id.value].reset();
  const Instant earliest = passes_[id.value].earliest;
  passes_[id.value] = AnnouncePass{};
  passes_[id.value].earliest = earliest;
  for (Query& query : queries_) {
    if (query.left == 0 || query.port != id) continue;
    query.left = 0;
    --queries_open_;
  }
  state_changes_.forget_port(id);
  for (Export& target : exports_) {
    if (target.ports) std::erase(*target.ports, id);
    requests_.forget_port(target.requests, id);
  }
}

void TargetCore::update_port(PortId id, const PortOptions& options, Outbox& outbox) {
  AOEKIT_CHECK(has_port(id));
  ports_[id.value] = options;
  std::size_t frames = 0;
  for (const Export& target : exports_) frames += std::max<std::size_t>(audience(target).size(), 1);
  if (frames > pace_.answers_at_once) return announce_all_soon(id);
  for (const Export& target : exports_) announce_on(id, target, outbox);
}

ExportId TargetCore::place_for_export() {
  const auto free = std::ranges::find_if(removed_, [this](ExportId id) { return is_removed(id); });
  if (free == removed_.end()) {
    exports_.emplace_back();
    return ExportId{static_cast<std::uint32_t>(exports_.size() - 1)};
  }
  const ExportId id = *free;
  removed_.erase(free);
  exports_[id.value] = Export{};
  clients_.forget(id);
  return id;
}

void TargetCore::enter_into_shelf(ExportId id, std::uint16_t shelf) {
  std::vector<ExportId>& places = by_shelf_[shelf];
  // A place that became free is taken again: what is behind it keeps its place, for queries that are being answered.
  const auto free = std::ranges::find(places, kNoExport);
  if (free == places.end()) {
    places.push_back(id);
  } else {
    *free = id;
  }
}

ExportId TargetCore::add_export(const ExportOptions& options, Instant now) {
  AOEKIT_CHECK(options.address.is_valid_target());
  const std::size_t all_before = exports_.size();
  const std::size_t shelf_before = candidate_count({options.address.shelf, wire::kSlotBroadcast});
  const ExportId id = place_for_export();
  AOEKIT_CHECK(by_address_.emplace(key_of(options.address), id).second);
  enter_into_shelf(id, options.address.shelf);
  const bool shelf_grew = candidate_count({options.address.shelf, wire::kSlotBroadcast}) > shelf_before;
  for (Query& query : queries_) {
    // One candidate more than when the query came: it has its turn, too, so that no other one misses its own.
    const std::uint16_t asked = query.header.address.shelf;
    const bool grew = asked == wire::kShelfBroadcast ? exports_.size() > all_before
                                                     : asked == options.address.shelf && shelf_grew;
    if (query.left > 0 && grew) ++query.left;
  }
  Export& target = exports_[id.value];
  target.address = options.address;
  target.disk.health.opened_at = now;
  configure(target, options);
  adopt(target, {options.config_string, options.mask, options.reserved_for});
  if (exports_.size() > pace_.answers_at_once && queries_.empty()) {
    queries_.resize(kQueriesMax);
    for (Query& query : queries_) query.text.reserve(wire::kConfigStringBytesMax);
  }
  return id;
}

void TargetCore::configure(Export& target, const ExportOptions& options) {
  const bool had_cache = target.disk.identity.has_write_cache;
  target.buffer_count = options.buffer_count;
  target.firmware_version = options.firmware_version;
  target.ports = options.ports;
  target.commit = options.commit;
  target.disk.size = options.size;
  set_rules(target, options);
  ata::DiskIdentity& identity = target.disk.identity;
  identity = options.identity;
  switch (options.commit) {
    case Commit::as_device: break;
    case Commit::group:
    case Commit::stable: identity.has_write_cache = false; break;
    case Commit::never: identity.has_write_cache = identity.never_stable = true; break;
  }
  // What a client has switched off stays off, as long as there is something to switch.
  const bool is_settled = had_cache && identity.has_write_cache && !identity.never_stable;
  if (!is_settled) target.disk.write_cache_enabled = identity.has_write_cache;
}

void TargetCore::update_export(ExportId id, const ExportOptions& options, Outbox& outbox) {
  Export& target = exports_[id.value];
  AOEKIT_CHECK(!target.removed && options.address == target.address);
  const Export before = target;
  configure(target, options);
  if (target.client_limit != before.client_limit) clients_.restart_limits(id);
  if (target.limit != before.limit) target.limiter = RateLimiter{};
  held_.look_again();
  if (target.disk.size != before.disk.size) late_copies_.forget_writes(id);
  if (looks_different(before, target)) announce(id, outbox);
}

void TargetCore::remove_export(ExportId id) {
  Export& target = exports_[id.value];
  AOEKIT_CHECK(!target.removed);
  target.removed = true;
  removed_.push_back(id);
  by_address_.erase(key_of(target.address));
  std::ranges::replace(by_shelf_.at(target.address.shelf), id, kNoExport);
  late_copies_.forget(id);
  held_.look_again();
}

bool TargetCore::is_removed(ExportId id) const {
  const Export& target = exports_[id.value];
  return target.removed && target.requests.first == kNoRequest && !target.state_change;
}

std::size_t TargetCore::requests_in_progress(ExportId id) const {
  std::size_t count = 0;
  for (BufferIndex i = exports_[id.value].requests.first; i != kNoRequest; i = requests_[i].next) ++count;
  return count;
}

void TargetCore::announce(ExportId id, Outbox& outbox) {
  if (audience(exports_[id.value]).size() > pace_.answers_at_once) return announce_soon(id);
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    announce_on(PortId{static_cast<std::uint16_t>(i)}, exports_[id.value], outbox);
  }
}

void TargetCore::resize(ExportId id, Sectors size, Outbox& outbox) {
  ata::Disk& disk = exports_[id.value].disk;
  if (disk.size == size) return;
  disk.size = size;
  late_copies_.forget_writes(id);
  announce(id, outbox);
}

void TargetCore::set_available(ExportId id, bool available) { exports_[id.value].available = available; }

}  // namespace aoekit::target
