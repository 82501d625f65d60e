// The registry's answers: what there is, from the main thread's knowledge and a moment of each shard's.
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/version.h"
#include "daemon/registry.h"
#include "net/interface_patterns.h"

namespace aoekit::daemon {
namespace {

control::ExportInfo::State state_of(ExportEntry::Stage stage) {
  using State = control::ExportInfo::State;
  switch (stage) {
    case ExportEntry::Stage::opening:
    case ExportEntry::Stage::waiting:
    case ExportEntry::Stage::refused: return State::waiting;
    case ExportEntry::Stage::serving: return State::serving;
    case ExportEntry::Stage::draining: return State::removing;
  }
  return State::waiting;
}

}  // namespace

control::DaemonInfo Registry::daemon() const {
  control::DaemonInfo info;
  info.version = kVersion;
  info.pid = ::getpid();
  info.uptime = io::monotonic_now() - started_;
  info.config_file = files_.rest.file;
  info.exports = parts_.exports.entries().size();
  info.threads = parts_.shards.size();
  info.warnings = warnings_logged();
  for (const auto& shard : parts_.shards) {
    const target::TargetCounters counters = shard->counters();
    for (const target::CounterName& name : target::kTargetCounterNames) {
      info.counters.*name.member += counters.*name.member;
    }
  }
  return info;
}

control::ExportInfo Registry::info_of(const ExportEntry& entry, const ExportSnapshot* snapshot) const {
  using State = control::ExportInfo::State;
  control::ExportInfo info;
  info.config = *entry.config;
  info.state = state_of(entry.stage);
  info.reason = entry.stage == ExportEntry::Stage::opening ? "its disk is being opened" : entry.reason;
  info.interfaces = parts_.interfaces.names(parts_.exports.interfaces_of(*entry.config));
  const SharedExport in_file = files_.find(entry.config->address);
  info.saved = in_file != nullptr && config::same(*in_file, *entry.config);
  if (snapshot == nullptr) return info;
  info.size = snapshot->size;
  info.engine = entry.added.engine;
  info.config_string = snapshot->state.config_string;
  info.mask = snapshot->state.mask;
  info.reserved_for = snapshot->state.reserved_for;
  info.holder = snapshot->holder;
  if (snapshot->last_used) info.last_used = io::monotonic_now() - *snapshot->last_used;
  info.in_flight = snapshot->in_flight;
  info.statistics = snapshot->statistics;
  if (!snapshot->available) {
    info.state = State::waiting;
    info.reason = "its disk is gone";
  } else if (info.interfaces.empty()) {
    info.state = State::waiting;
    info.reason = "none of its interfaces is there";
  }
  return info;
}

std::vector<control::ExportInfo> Registry::exports(const control::ExportPage& page) const {
  const auto& entries = parts_.exports.entries();
  std::vector<const ExportEntry*> shown;
  for (auto at = page.after ? entries.upper_bound(*page.after) : entries.begin();
       at != entries.end() && shown.size() < page.limit; ++at) {
    shown.push_back(&at->second);
  }
  // One question to each shard, whatever the number of exports.
  std::vector<std::vector<target::ExportId>> ids(parts_.shards.size());
  for (const ExportEntry* const entry : shown) {
    if (entry->stage == ExportEntry::Stage::serving) ids[entry->shard].push_back(entry->added.id);
  }
  std::vector<std::vector<ExportSnapshot>> snapshots;
  for (std::size_t i = 0; i < ids.size(); ++i) snapshots.push_back(parts_.shards[i]->snapshots(ids[i]));
  std::vector<std::size_t> next(ids.size());
  std::vector<control::ExportInfo> infos;
  for (const ExportEntry* const entry : shown) {
    const bool serving = entry->stage == ExportEntry::Stage::serving;
    infos.push_back(info_of(*entry, serving ? &snapshots[entry->shard][next[entry->shard]++] : nullptr));
  }
  return infos;
}

control::Answer<control::ExportInfo> Registry::exported(wire::AoeAddress address) const {
  const auto entry = find(address);
  if (!entry) return tl::unexpected(entry.error());
  if ((*entry)->stage != ExportEntry::Stage::serving) return info_of(**entry, nullptr);
  return info_of(**entry, &parts_.shards[(*entry)->shard]->snapshots({(*entry)->added.id}).front());
}

std::vector<control::InterfaceInfo> Registry::interfaces() const {
  std::vector<control::InterfaceInfo> infos = parts_.interfaces.list();
  for (control::InterfaceInfo& info : infos) {
    info.exports = static_cast<std::size_t>(std::ranges::count_if(parts_.exports.entries(), [&](const auto& entry) {
      return entry.second.stage == ExportEntry::Stage::serving &&
             net::chooses(parts_.exports.interfaces_of(*entry.second.config), info.name);
    }));
  }
  return infos;
}

std::vector<control::ClientInfo> Registry::clients(const control::ClientPage& page) const {
  const Instant now = io::monotonic_now();
  std::map<control::ClientKey, control::ClientInfo> sorted;
  for (const auto& shard : parts_.shards) {
    for (const auto& [address, record] : shard->clients()) {
      const control::ClientKey key{address, record.mac};
      if (page.after && key <= *page.after) continue;
      sorted[key] = {address, record.mac, files_.rest.names.name_of(record.mac), now - record.first_seen,
                     now - record.last_seen, record.in_flight, record.statistics};
    }
  }
  std::vector<control::ClientInfo> clients;
  for (auto& [key, info] : sorted) {
    if (clients.size() == page.limit) break;
    clients.push_back(std::move(info));
  }
  return clients;
}

}  // namespace aoekit::daemon
