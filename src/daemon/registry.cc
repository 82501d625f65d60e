// What the registry changes: checked whole first, then done.
#include "daemon/registry.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "config/load.h"
#include "config/save.h"
#include "daemon/config_diff.h"

namespace aoekit::daemon {
namespace {

using control::Code;
using control::Notes;
using control::refuse;

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
  for (const SharedExport& config : files_.exports) {
    auto disk = opened.extract(config->address);
    parts_.exports.add(config, disk ? std::optional(std::move(disk.mapped())) : std::nullopt);
  }
}

void Registry::want_interfaces() {
  parts_.exports.set_default_interfaces(files_.rest.daemon.interfaces);
  std::set<Patterns> wanted{files_.rest.daemon.interfaces};
  for (const auto& [address, entry] : parts_.exports.entries()) wanted.insert(entry.config->interfaces);
  for (const SharedExport& config : files_.exports) wanted.insert(config->interfaces);
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
  config::Config config = files_.rest;
  for (const auto& [address, entry] : parts_.exports.entries()) {
    const bool goes = entry.stage == ExportEntry::Stage::draining && !entry.successor;
    if (!goes) config.exports.push_back(entry.successor ? *entry.successor : *entry.config);
  }
  return config;
}

control::Answer<Notes> Registry::remove_export(wire::AoeAddress address, control::Force force, control::Save save) {
  const auto entry = find(address);
  if (!entry) return tl::unexpected(entry.error());
  if (save == control::Save::yes) {
    if (Status status = config::may_forget(files_.about(address), address); !status) return refused(status);
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
    if (Status status = config::forget_export(files_.about(address), address); !status) return refused(status);
    files_.forget(address);
  } else if (files_.find(address) != nullptr) {
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
  if ((*entry)->config->sharing != config::Sharing::exclusive) {
    return refuse(Code::invalid, "{} is not an exclusive export", address.to_string());
  }
  if (!parts_.shards[(*entry)->shard]->release_holder((*entry)->added.id)) return Notes{"nobody held it"};
  return Notes{};
}

control::Answer<Notes> Registry::reload() {
  auto loaded = config::load_config(files_.rest.file);
  if (!loaded.value) return refusal_of(loaded.problems);
  ConfigFiles files(std::move(*loaded.value));
  const ConfigDiff changes = diff(files_, files);
  files_ = std::move(files);
  for (const SharedExport& config : files_.exports) parts_.exports.share(config);
  Notes notes;
  add_warnings(loaded.problems, notes);
  for (const std::string& key : changes.at_next_start) {
    notes.push_back(fmt::format("{} changes when aoed is started again", key));
  }
  parts_.on_daemon_config(files_.rest.daemon);
  // Those that stay are told of their interfaces after all is as it will be.
  for (const wire::AoeAddress address : changes.removed) {
    if (parts_.exports.find(address) != nullptr) {
      parts_.exports.remove(address, Exports::State::forget);
    } else {
      parts_.exports.forget_state(address);
    }
  }
  const auto set = [this](const SharedExport& config) {
    const ExportEntry* const entry = parts_.exports.find(config->address);
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
