// What the registry changes: checked whole first, then done.
#include "daemon/registry.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "config/load.h"
#include "config/save.h"
#include "config/settings.h"
#include "daemon/config_diff.h"
#include "daemon/export_options.h"

namespace aoekit::daemon {
namespace {

using control::Code;
using control::Notes;
using control::refuse;

constexpr Duration kProbePatience = std::chrono::milliseconds(300);
// An export that was used so recently is in use.
constexpr Duration kInUse = std::chrono::minutes(1);

tl::unexpected<control::Refusal> refusal_of(const config::Problems& problems) {
  return refuse(Code::invalid, "{}", config::as_error(problems).message);
}

void add_warnings(const config::Problems& problems, Notes& notes) {
  for (const config::Problem& problem : problems) notes.push_back(problem.to_string());
}

tl::unexpected<control::Refusal> refused(const Status& status) {
  return tl::unexpected(control::Refusal(status.error()));
}

}  // namespace

Registry::Registry(config::Config files, Parts parts) : files_(std::move(files)), parts_(std::move(parts)) {}

void Registry::start(std::map<wire::AoeAddress, OpenedDisk> opened) {
  want_interfaces();
  for (const config::ExportConfig& config : files_.exports) {
    auto disk = opened.extract(config.address);
    parts_.exports.add(config, disk ? std::optional(std::move(disk.mapped())) : std::nullopt);
  }
}

void Registry::want_interfaces() {
  parts_.exports.set_default_interfaces(files_.daemon.interfaces);
  std::set<Patterns> wanted{files_.daemon.interfaces};
  for (const auto& [address, entry] : parts_.exports.entries()) wanted.insert(entry.config.interfaces);
  for (const config::ExportConfig& config : files_.exports) wanted.insert(config.interfaces);
  parts_.interfaces.want(std::move(wanted));
  parts_.exports.on_interfaces_changed();
}

control::Answer<const ExportEntry*> Registry::find(wire::AoeAddress address) const {
  const ExportEntry* const entry = parts_.exports.find(address);
  if (entry == nullptr) return refuse(Code::not_found, "there is no export {}", address.to_string());
  return entry;
}

control::Answer<const ExportEntry*> Registry::find_serving(wire::AoeAddress address) const {
  const auto entry = find(address);
  if (!entry || (*entry)->stage == ExportEntry::Stage::serving) return entry;
  return refuse(Code::failed, "{} is not being served: {}", address.to_string(),
                (*entry)->stage == ExportEntry::Stage::draining ? "it is being removed" : (*entry)->reason);
}

config::Config Registry::now() const {
  config::Config config = files_;
  config.exports.clear();
  for (const auto& [address, entry] : parts_.exports.entries()) {
    const bool goes = entry.stage == ExportEntry::Stage::draining && !entry.successor;
    if (!goes) config.exports.push_back(entry.successor ? *entry.successor : entry.config);
  }
  return config;
}

std::optional<Occupant> Registry::occupant_of(const config::ExportConfig& config) const {
  // The address counts as free then, as at a start: a fault of ours is no sign of another target.
  const auto cannot_ask = [&](const Error& error) -> std::optional<Occupant> {
    log(LogLevel::warning, "{}: cannot ask whether another target serves it: {}; look with aoe discover",
        config.address.to_string(), error.message);
    return std::nullopt;
  };
  auto loop = io::EventLoop::create();
  if (!loop) return cannot_ask(loop.error());
  const auto survey = AddressSurvey::create(*loop, parts_.open_survey_port);
  if (!survey) return cannot_ask(survey.error());
  std::optional<std::vector<Occupant>> found;
  (*survey)->start(parts_.interfaces.names(parts_.exports.interfaces_of(config)), {config.address}, kProbePatience,
                   [&](std::vector<Occupant> occupants) { found = std::move(occupants); });
  while (!found) {
    if (const auto count = loop->run_once(std::nullopt); !count) return cannot_ask(count.error());
  }
  const auto other = std::ranges::find_if(
      *found, [&](const Occupant& occupant) { return !parts_.interfaces.is_ours(occupant.mac); });
  return other == found->end() ? std::nullopt : std::optional(*other);
}

control::Answer<DiskMaker> Registry::prepare(const config::ExportConfig& config) const {
  OpenedDisk disk = parts_.open_disk(config, io::monotonic_now());
  if (!disk) {
    const bool taken = disk.error().kind == OpenFailure::Kind::refused;
    return refuse(taken ? Code::in_use : Code::failed, "{}", disk.error().message);
  }
  if (const auto other = config.force ? std::nullopt : occupant_of(config)) {
    return refuse(Code::in_use, "{} is already served on {} by {}; choose another shelf or slot, or use force "
                  "for multipath", config.address.to_string(), other->interface, other->mac.to_string());
  }
  return std::move(*disk);
}

control::Answer<void> Registry::keep(const config::ExportConfig& config, Notes& notes) {
  const auto place = config::save_export(files_, config);
  if (!place) return tl::unexpected(control::Refusal(place.error()));
  notes.push_back("saved in " + place->file);
  config::ExportConfig saved = config;
  saved.place = *place;
  const auto at = std::ranges::lower_bound(files_.exports, config.address, {}, &config::ExportConfig::address);
  if (at != files_.exports.end() && at->address == config.address) {
    *at = saved;
  } else {
    files_.exports.insert(at, saved);
  }
  return {};
}

control::Answer<Notes> Registry::add_export(wire::AoeAddress address, const std::string& settings_json,
                                            control::Save save) {
  const ExportEntry* const there = parts_.exports.find(address);
  if (there != nullptr && there->stage == ExportEntry::Stage::draining && !there->successor) {
    return refuse(Code::exists, "{} is still being removed; try again in a moment", address.to_string());
  }
  if (there != nullptr) return refuse(Code::exists, "there is an export {} already", address.to_string());
  const auto parsed = config::parse_new_export(address, settings_json, now());
  if (!parsed.value) return refusal_of(parsed.problems);
  if (save == control::Save::yes) {
    if (Status status = config::may_save(files_, *parsed.value); !status) return refused(status);
  }
  Notes notes;
  add_warnings(parsed.problems, notes);
  auto disk = prepare(*parsed.value);
  if (!disk) return tl::unexpected(disk.error());
  if (save == control::Save::yes) {
    if (auto kept = keep(*parsed.value, notes); !kept) return tl::unexpected(kept.error());
  }
  parts_.exports.add(*parsed.value, OpenedDisk(std::move(*disk)), Exports::Address::known_free);
  want_interfaces();
  return notes;
}

control::Answer<Notes> Registry::set_export(wire::AoeAddress address, const std::string& settings_json,
                                            control::Save save) {
  const auto entry = find(address);
  if (!entry) return tl::unexpected(entry.error());
  const auto parsed = config::parse_changed_export(address, settings_json, now());
  if (!parsed.value) return refusal_of(parsed.problems);
  const config::ExportConfig& config = *parsed.value;
  if (save == control::Save::yes) {
    if (Status status = config::may_save(files_, config); !status) return refused(status);
  }
  Notes notes;
  add_warnings(parsed.problems, notes);
  if (config.path != (*entry)->config.path) {
    // Of another file, whether it can be had is known before the old one is let go; it is opened again then.
    if (OpenedDisk disk = parts_.open_disk(config, io::monotonic_now()); !disk) {
      const bool taken = disk.error().kind == OpenFailure::Kind::refused;
      return refuse(taken ? Code::in_use : Code::failed, "{}", disk.error().message);
    }
  }
  if (save == control::Save::yes) {
    if (auto kept = keep(config, notes); !kept) return tl::unexpected(kept.error());
  }
  if (needs_new_disk((*entry)->config, config)) {
    notes.push_back("its disk is opened anew as soon as the requests in progress are answered");
  }
  parts_.exports.change(config);
  want_interfaces();
  return notes;
}

control::Answer<Notes> Registry::remove_export(wire::AoeAddress address, control::Force force, control::Save save) {
  const auto entry = find(address);
  if (!entry) return tl::unexpected(entry.error());
  if (save == control::Save::yes) {
    if (Status status = config::may_forget(files_, address); !status) return refused(status);
  }
  if (force == control::Force::no) {
    const auto info = exported(address);
    if (info && info->last_used && *info->last_used < kInUse) {
      return refuse(Code::in_use, "{} was used {} s ago", address.to_string(),
                    std::chrono::duration_cast<std::chrono::seconds>(*info->last_used).count());
    }
  }
  Notes notes;
  auto state = Exports::State::forget;
  if (save == control::Save::yes) {
    if (Status status = config::forget_export(files_, address); !status) return refused(status);
    std::erase_if(files_.exports, [&](const config::ExportConfig& config) { return config.address == address; });
  } else if (config::find_export(files_, address) != nullptr) {
    notes.push_back("the configuration files still have it: it comes back when aoed is started again, with its config "
                    "string and lists");
    state = Exports::State::keep;
  }
  parts_.exports.remove(address, state);
  want_interfaces();
  return notes;
}

control::Answer<Notes> Registry::announce(std::optional<wire::AoeAddress> address) {
  if (address) {
    const auto entry = find_serving(*address);
    if (!entry) return tl::unexpected(entry.error());
    parts_.shards[(*entry)->shard]->announce((*entry)->added.id);
    return Notes{};
  }
  for (const auto& shard : parts_.shards) shard->announce_all();
  return Notes{};
}


control::Answer<Notes> Registry::release(wire::AoeAddress address) {
  const auto entry = find_serving(address);
  if (!entry) return tl::unexpected(entry.error());
  if ((*entry)->config.sharing != config::Sharing::exclusive) {
    return refuse(Code::invalid, "{} is not an exclusive export", address.to_string());
  }
  if (!parts_.shards[(*entry)->shard]->release_holder((*entry)->added.id)) return Notes{"nobody held it"};
  return Notes{};
}

control::Answer<Notes> Registry::reload() {
  const auto loaded = config::load_config(files_.file);
  if (!loaded.value) return refusal_of(loaded.problems);
  const ConfigDiff changes = diff(files_, *loaded.value);
  files_ = *loaded.value;
  Notes notes;
  add_warnings(loaded.problems, notes);
  for (const std::string& key : changes.at_next_start) {
    notes.push_back(fmt::format("{} changes when aoed is started again", key));
  }
  parts_.on_daemon_config(files_.daemon);
  // Those that stay are told of their interfaces after all is as it will be.
  for (const wire::AoeAddress address : changes.removed) {
    if (parts_.exports.find(address) != nullptr) {
      parts_.exports.remove(address, Exports::State::forget);
    } else {
      parts_.exports.forget_state(address);
    }
  }
  const auto set = [this](const config::ExportConfig& config) {
    const ExportEntry* const entry = parts_.exports.find(config.address);
    const bool goes = entry != nullptr && entry->stage == ExportEntry::Stage::draining && !entry->successor;
    if (entry == nullptr || goes) return parts_.exports.add(config);
    parts_.exports.change(config);
  };
  parts_.exports.try_again();
  want_interfaces();
  std::ranges::for_each(changes.changed, set);
  std::ranges::for_each(changes.added, set);
  notes.push_back(fmt::format("{} exports added, {} changed, {} removed", changes.added.size(), changes.changed.size(),
                              changes.removed.size()));
  return notes;
}

}  // namespace aoekit::daemon
