// Every step is an event on the main thread; disks are opened elsewhere, and shards are asked for moments only.
#include "daemon/exports.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "daemon/export_options.h"
#include "io/clock.h"
#include "net/interface_patterns.h"

namespace aoekit::daemon {
namespace {

constexpr Duration kSurveyPatience = std::chrono::milliseconds(300);
constexpr Duration kFilterInterval = std::chrono::milliseconds(200);
// A disk that is missing is looked for again after this, and then less and less often.
constexpr Duration kRetryFirst = std::chrono::seconds(1);
constexpr Duration kRetryMax = std::chrono::seconds(8);

}  // namespace

void Exports::set_default_interfaces(Patterns patterns) { default_interfaces_ = std::move(patterns); }

Patterns Exports::interfaces_of(const config::ExportConfig& config) const {
  return config.interfaces.empty() ? default_interfaces_ : config.interfaces;
}

const ExportEntry* Exports::find(wire::AoeAddress address) const {
  const auto found = entries_.find(address);
  return found == entries_.end() ? nullptr : &found->second;
}

void Exports::set_stage(ExportEntry& entry, Stage stage, std::string reason) {
  if (entry.stage == Stage::opening) --opening_;
  if (stage == Stage::opening) ++opening_;
  if (stage == Stage::serving || entry.stage == Stage::serving) filters_are_old_ = true;
  entry.stage = stage;
  entry.reason = std::move(reason);
}

void Exports::add(SharedExport config, std::optional<OpenedDisk> opened, Address address) {
  const auto [found, is_new] = entries_.try_emplace(config->address);
  ExportEntry& entry = found->second;
  if (!is_new) {
    AOEKIT_CHECK(entry.stage == Stage::draining);
    entry.successor = std::move(config);
    return;
  }
  ++opening_;  // as a new entry's stage says
  entry.config = std::move(config);
  entry.shard = shard_of(entry.config->address, parts_.shards.size());
  entry.address_is_free = entry.config->force || address == Address::known_free;
  begin(entry, std::move(opened));
}

void Exports::share(const SharedExport& config) {
  const auto found = entries_.find(config->address);
  if (found != entries_.end() && config::same(*found->second.config, *config)) found->second.config = config;
}

void Exports::change(SharedExport config) {
  ExportEntry& entry = entries_.at(config->address);
  if (entry.stage == Stage::draining) {
    entry.successor = std::move(config);
    return;
  }
  if (config::same(*entry.config, *config)) return;
  if (entry.stage != Stage::serving) {
    entry.config = std::move(config);
    entry.retry_after = {};
    entry.address_is_free = entry.config->force;
    return begin(entry);
  }
  if (needs_new_disk(*entry.config, *config)) {
    entry.successor = std::move(config);
    return drain(entry);
  }
  entry.config = std::move(config);
  parts_.shards[entry.shard]->update_export(entry.added.id, describe(entry));
}

void Exports::remove(wire::AoeAddress address, State state) {
  ExportEntry& entry = entries_.at(address);
  // While it is draining its last change may still be stored.
  if (state == State::forget) entry.forgets_state = true;
  switch (entry.stage) {
    case Stage::serving: return drain(entry);
    case Stage::draining: entry.successor.reset(); return;
    case Stage::opening: --opening_; [[fallthrough]];
    case Stage::waiting:
    case Stage::refused:
      if (entry.forgets_state) forget_state(address);
      entries_.erase(address);
      return;
  }
}

void Exports::forget_state(wire::AoeAddress address) {
  if (parts_.store == nullptr) return;
  parts_.store->forget(address, [address](const Status& done) {
    if (done) return;
    log(LogLevel::error, "{}: what stations set at it stays in the state file: {}; clear its lists when another export "
        "takes its address", address.to_string(), done.error().message);
  });
}

void Exports::drain(ExportEntry& entry) {
  parts_.sizes.remove(entry.config->path);
  set_stage(entry, Stage::draining);
  parts_.shards[entry.shard]->remove_export(entry.added.id);
}

void Exports::try_again() {
  for (auto& [address, entry] : entries_) {
    if (entry.stage != Stage::waiting && entry.stage != Stage::refused) continue;
    entry.retry_after = {};
    entry.address_is_free = entry.config->force;
    begin(entry);
  }
}

void Exports::begin(ExportEntry& entry, std::optional<OpenedDisk> opened) {
  set_stage(entry, Stage::opening);
  entry.ticket = ++last_ticket_;
  entry.opened.reset();
  // While a disk is missing nobody is bothered with questions; otherwise there is no time to be lost.
  if (!entry.address_is_free && entry.retry_after == Duration::zero()) to_survey_.push_back(entry.config->address);
  if (opened) return take_disk(entry, std::move(*opened));
  parts_.opener.open(*entry.config, entry.ticket);
}

void Exports::wait(ExportEntry& entry, std::string reason) {
  if (entry.reason_told != reason) {
    log(LogLevel::warning, "{}: {}; waiting for it", entry.config->address.to_string(), reason);
  }
  entry.reason_told = reason;
  set_stage(entry, Stage::waiting, std::move(reason));
  entry.opened.reset();
  entry.retry_after = entry.retry_after == Duration::zero() ? kRetryFirst : std::min(2 * entry.retry_after, kRetryMax);
  entry.retry_at = io::monotonic_now() + entry.retry_after;
}

void Exports::refuse(ExportEntry& entry, std::string reason) {
  log(LogLevel::error, "{}: not exported: {}", entry.config->address.to_string(), reason);
  set_stage(entry, Stage::refused, std::move(reason));
  entry.opened.reset();
}

void Exports::on_opened() {
  for (DiskOpener::Outcome& outcome : parts_.opener.collect()) {
    const auto found = entries_.find(outcome.address);
    // One that was removed or changed meanwhile: what was opened is closed again.
    if (found == entries_.end()) continue;
    ExportEntry& entry = found->second;
    if (entry.stage != Stage::opening || entry.ticket != outcome.ticket) continue;
    take_disk(entry, std::move(outcome.disk));
  }
}

void Exports::take_disk(ExportEntry& entry, OpenedDisk disk) {
  if (disk) {
    entry.opened = std::move(*disk);
    const bool not_asked = !entry.address_is_free && entry.retry_after != Duration::zero();
    if (not_asked) to_survey_.push_back(entry.config->address);
    return serve_if_ready(entry);
  }
  switch (disk.error().kind) {
    case OpenFailure::Kind::missing: return wait(entry, disk.error().message);
    case OpenFailure::Kind::refused: return refuse(entry, disk.error().message);
  }
}

void Exports::survey_addresses() {
  if (to_survey_.empty() || parts_.survey.running()) return;
  std::vector<wire::AoeAddress> asked = std::exchange(to_survey_, {});
  std::set<Patterns> choices;
  for (const wire::AoeAddress address : asked) {
    if (const ExportEntry* const entry = find(address)) choices.insert(interfaces_of(*entry->config));
  }
  std::set<std::string> names;
  for (const Patterns& patterns : choices) {
    for (std::string& name : parts_.interfaces.names(patterns)) names.insert(std::move(name));
  }
  parts_.survey.start({names.begin(), names.end()}, asked, kSurveyPatience,
                      [this, asked](const std::vector<Occupant>& occupants) { on_survey(asked, occupants); });
}

void Exports::on_survey(const std::vector<wire::AoeAddress>& asked, const std::vector<Occupant>& occupants) {
  for (const wire::AoeAddress address : asked) {
    const auto found = entries_.find(address);
    if (found == entries_.end() || found->second.stage != Stage::opening) continue;
    ExportEntry& entry = found->second;
    const Patterns patterns = interfaces_of(*entry.config);
    // Sorted by address first.
    auto other = std::ranges::lower_bound(occupants, address, {}, &Occupant::address);
    const auto counts = [&](const Occupant& occupant) {
      return net::chooses(patterns, occupant.interface) && !parts_.interfaces.is_ours(occupant.mac);
    };
    while (other != occupants.end() && other->address == address && !counts(*other)) ++other;
    if (other != occupants.end() && other->address == address) {
      refuse(entry, fmt::format("it is already served on {} by {}; choose another shelf or slot, or use force for "
                                "multipath", other->interface, other->mac.to_string()));
      continue;
    }
    entry.address_is_free = true;
    serve_if_ready(entry);
  }
}

void Exports::serve_if_ready(ExportEntry& entry) {
  if (!entry.opened || !entry.address_is_free) return;
  const Shard::Describe describe_new = [described = describe(entry),
                                        kept = kept_state(entry)](const block::DeviceInfo& info) {
    target::ExportOptions options = described(info);
    options.config_string = kept.config_string;
    options.mask = kept.mask;
    options.reserved_for = kept.reserved_for;
    return options;
  };
  auto added = parts_.shards[entry.shard]->add_export(*std::exchange(entry.opened, std::nullopt), describe_new);
  if (!added) return wait(entry, added.error().message);
  entry.added = std::move(*added);
  entry.retry_after = {};
  entry.reason_told.clear();
  set_stage(entry, Stage::serving);
  parts_.sizes.add(entry.config->path);
  log(LogLevel::debug, "{}: serving {}, {} sectors, {}", entry.config->address.to_string(), entry.config->path,
      entry.added.disk.size.count, entry.added.engine);
}

target::PersistentState Exports::kept_state(const ExportEntry& entry) const {
  return parts_.store == nullptr ? target::PersistentState{} : parts_.store->find(entry.config->address);
}

Shard::Describe Exports::describe(const ExportEntry& entry) const {
  return [config = entry.config, ports = parts_.interfaces.ports(interfaces_of(*entry.config), entry.shard)](
             const block::DeviceInfo& info) {
    target::ExportOptions options = export_options_of(*config, info);
    options.ports = ports;
    return options;
  };
}

void Exports::on_shard_news(std::size_t shard) {
  const std::vector<DiskNumber> closed = parts_.shards[shard]->closed_disks();
  if (closed.empty()) return;
  for (auto at = entries_.begin(); at != entries_.end();) {
    ExportEntry& entry = at->second;
    const bool is_closed = entry.stage == Stage::draining && entry.shard == shard &&
                           std::ranges::find(closed, entry.added.number) != closed.end();
    if (is_closed && std::exchange(entry.forgets_state, false)) forget_state(entry.config->address);
    if (is_closed && !entry.successor) {
      log(LogLevel::info, "{}: removed", entry.config->address.to_string());
      at = entries_.erase(at);
      continue;
    }
    if (is_closed) {
      entry.config = std::exchange(entry.successor, nullptr);
      // It was ours until now.
      entry.address_is_free = true;
      begin(entry);
    } else if (entry.stage == Stage::refused) {
      // Perhaps what was closed was in its way.
      entry.retry_after = {};
      begin(entry);
    }
    ++at;
  }
}

void Exports::on_sizes() {
  const std::span<const std::string> changed = parts_.sizes.read();
  if (changed.empty()) return;
  const std::set<std::string> paths(changed.begin(), changed.end());
  for (const auto& [address, entry] : entries_) {
    if (entry.stage != Stage::serving || !paths.contains(entry.config->path)) continue;
    parts_.shards[entry.shard]->check_size(entry.added.id);
  }
}

void Exports::on_interfaces_changed() {
  if (interfaces_seen_ == parts_.interfaces.generation()) return;
  interfaces_seen_ = parts_.interfaces.generation();
  filters_are_old_ = true;
  for (auto& [address, entry] : entries_) {
    if (entry.stage != Stage::serving) continue;
    parts_.shards[entry.shard]->update_export(entry.added.id, describe(entry));
  }
}

void Exports::on_time(Instant now) {
  for (auto& [address, entry] : entries_) {
    if (entry.stage != Stage::waiting || entry.retry_at > now) continue;
    entry.address_is_free = entry.config->force;
    begin(entry);
  }
  survey_addresses();
  // In bulk, while exports come in great numbers.
  if (filters_are_old_ && (opening_ == 0 || now >= filters_due_)) set_filters(now);
}

void Exports::set_filters(Instant now) {
  std::map<std::pair<std::string, std::size_t>, std::vector<wire::AoeAddress>> addresses;
  std::map<Patterns, std::vector<std::string>> names_of;
  for (const std::string& name : parts_.interfaces.names({"*", "lo"})) {
    for (std::size_t shard = 0; shard < parts_.shards.size(); ++shard) addresses[{name, shard}];
  }
  for (const auto& [address, entry] : entries_) {
    if (entry.stage != Stage::serving) continue;
    const Patterns patterns = interfaces_of(*entry.config);
    const auto [names, is_new] = names_of.try_emplace(patterns);
    if (is_new) names->second = parts_.interfaces.names(patterns);
    for (const std::string& name : names->second) addresses[{name, entry.shard}].push_back(address);
  }
  for (auto& [where, list] : addresses) parts_.interfaces.set_addresses(where.first, where.second, std::move(list));
  filters_are_old_ = false;
  filters_due_ = now + kFilterInterval;
}

std::optional<Instant> Exports::next_deadline() const {
  std::optional<Instant> earliest;
  if (filters_are_old_) earliest = filters_due_;
  for (const auto& [address, entry] : entries_) {
    if (entry.stage == Stage::waiting && (!earliest || entry.retry_at < *earliest)) earliest = entry.retry_at;
  }
  return earliest;
}

}  // namespace aoekit::daemon
