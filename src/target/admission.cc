// Who may do what at an export, and what is counted of it.
#include <algorithm>

#include "ata/interpret.h"
#include "base/check.h"
#include "target/target_core.h"

namespace aoekit::target {

void TargetCore::set_rules(Export& target, const ExportOptions& options) {
  for (const AccessList* list : {&options.access.read, &options.access.write}) {
    AOEKIT_CHECK(std::ranges::is_sorted(list->allow) && std::ranges::is_sorted(list->deny));
  }
  target.access = options.access;
  target.writers.set_rules(options.sharing, options.exclusive_timeout);
  target.limit = options.limit;
  target.client_limit = options.client_limit;
}

bool TargetCore::may_see(const Export& target, const wire::MacAddress& station) {
  return (target.mask.empty() || contains(target.mask, station)) && target.access.may_read(station);
}

const StationList& TargetCore::audience(const Export& target) {
  return target.mask.empty() ? target.access.read.allow : target.mask;
}

bool TargetCore::admits(const Arrival& arrival) {
  Export& target = arrival.target;
  const wire::MacAddress& station = arrival.header.source;
  if (!target.mask.empty() && !contains(target.mask, station)) {
    ++counters_.silent_masked;
  } else if (!target.access.may_read(station)) {
    ++counters_.silent_no_access;
  } else {
    target.writers.heard(station, arrival.now);
    return true;
  }
  ++target.statistics.refused;
  return false;
}

void TargetCore::note_other(Arrival& arrival) {
  arrival.client = clients_.find(arrival.id, arrival.header.source, arrival.now);
  count(arrival, &IoStatistics::others);
}

ata::Access TargetCore::access_of(const Arrival& arrival, const wire::AtaBody& body) const {
  const Export& target = arrival.target;
  const wire::MacAddress& station = arrival.header.source;
  if (!target.access.write.permits(station)) return ata::Access::read_only;
  // Who is kept out by a holder may write later: it is told so by its writes, and by nothing else. A reservation says
  // itself who may write.
  const bool is_held = target.reserved_for.empty() && !target.writers.permits(station, arrival.now);
  return is_held && ata::changes_disk(body) ? ata::Access::read_only : ata::Access::read_write;
}

HeldRequests::Verdict TargetCore::admit(const Arrival& arrival, const ata::Transfer& transfer, const Cost& cost) {
  using Verdict = HeldRequests::Verdict;
  const bool modifies = transfer.kind == block::OpKind::write || transfer.kind == block::OpKind::trim;
  Verdict verdict = Verdict::drop;
  if (is_over_share(arrival.client)) {
    ++counters_.dropped_over_share;
  } else if (requests_in_progress_ == ops_in_flight_max()) {
    ++counters_.dropped_no_buffer;
  } else if (modifies && is_fenced(arrival)) {
    ++counters_.dropped_fence;
  } else {
    verdict = held_.judge(arrival.target, arrival.client, cost, arrival.now);
    if (verdict == Verdict::drop) ++counters_.dropped_over_limit;
  }
  if (verdict == Verdict::drop) count(arrival, &IoStatistics::dropped);
  if (verdict == Verdict::hold) {
    ++counters_.delayed;
    count(arrival, &IoStatistics::delayed);
  }
  return verdict;
}

bool TargetCore::is_over_share(ClientIndex client) {
  const std::size_t places = ops_in_flight_max();
  if ((places - requests_in_progress_) * kShortage >= places) return false;
  const std::size_t has = clients_.in_flight_of_station(client);
  return has > 0 && clients_.stations_active() > 1 && has >= places / clients_.stations_active();
}

void TargetCore::release_held(Instant now, Outbox& outbox) {
  using Enforce = HeldRequests::Enforce;
  if (const auto deadline = held_.deadline(); !deadline || (accepting_ && *deadline > now)) return;
  while (const auto index = held_.next(exports_, accepting_ ? Enforce::yes : Enforce::no, now)) {
    Request& request = requests_[*index];
    request.held = false;
    // The write cache may have been switched off in the meantime, and the flush of that did not wait.
    const bool has_cache = exports_[request.device.value].disk.write_cache_enabled;
    if (request.modifies() && !has_cache) request.transfer.durability = block::Durability::stable;
    if (!request.waiting) issue(*index, now, outbox);
  }
}

bool TargetCore::is_fenced(const Arrival& arrival) const {
  const Export& target = arrival.target;
  const wire::MacAddress& station = arrival.header.source;
  if (!target.reserved_for.empty() || !target.writers.would_take(station)) return false;
  for (BufferIndex i = target.requests.first; i != kNoRequest; i = requests_[i].next) {
    if (requests_[i].modifies() && requests_[i].header.source != station) return true;
  }
  return false;
}

void TargetCore::note_write(const Arrival& arrival) {
  // A reservation names who may write: neither is one of them the only one, nor another one of them a surprise.
  if (!arrival.target.reserved_for.empty()) return;
  arrival.target.writers.wrote(arrival.id, arrival.header.source, arrival.now, events_);
  counters_.events_lost = events_.lost();
}

bool TargetCore::may_configure(const Arrival& arrival) {
  if (arrival.target.access.write.permits(arrival.header.source)) return true;
  count(arrival, &IoStatistics::refused);
  return false;
}

bool TargetCore::release_holder(ExportId id) {
  const bool released = exports_[id.value].writers.release(id, events_);
  counters_.events_lost = events_.lost();
  return released;
}

std::vector<ClientRecord> TargetCore::clients() const {
  std::vector<ClientRecord> records = clients_.records();
  std::erase_if(records, [this](const ClientRecord& record) { return exports_[record.device.value].removed; });
  return records;
}

void TargetCore::count(Export& target, ClientIndex client, std::uint64_t IoStatistics::* what) {
  ++(target.statistics.*what);
  if (client != kNoClient) ++(clients_[client].record.statistics.*what);
}

void TargetCore::count_done(const Request& request, block::BlockStatus status, Instant now) {
  const bool ok = status == block::BlockStatus::ok;
  Answered answered;
  answered.kind = request.transfer.kind;
  answered.bytes = ok && (request.transfer.returns_data || answered.kind == block::OpKind::write)
                       ? request.transfer.range.count.bytes()
                       : 0;
  answered.latency = std::max(now - request.arrived, Duration::zero());
  answered.errors = ok ? 0 : 1;
  exports_[request.device.value].statistics.add(answered);
  clients_[request.client].record.statistics.add(answered);
}

}  // namespace aoekit::target
