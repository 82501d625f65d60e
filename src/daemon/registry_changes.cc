// Adding and changing exports live: checked, tried, checked again, done.
#include <algorithm>
#include <utility>

#include "config/load.h"
#include "config/save.h"
#include "config/settings.h"
#include "daemon/export_options.h"
#include "daemon/registry.h"

namespace aoekit::daemon {
namespace {

using control::Code;
using control::Notes;
using control::refuse;

}  // namespace

control::Answer<Registry::Checked> Registry::checked(const Wish& wish,
                                                     config::Checked<config::ExportConfig> parsed) const {
  if (!parsed.value) return refuse(Code::invalid, "{}", config::as_error(parsed.problems).message);
  if (wish.save == control::Save::yes) {
    if (Status status = config::may_save(files_.about(wish.address), *parsed.value); !status) {
      return tl::unexpected(control::Refusal(status.error()));
    }
  }
  Checked good{std::move(*parsed.value), {}};
  for (const config::Problem& problem : parsed.problems) good.notes.push_back(problem.to_string());
  return good;
}

control::Answer<Registry::Checked> Registry::check_new(const Wish& wish) const {
  const std::string name = wish.address.to_string();
  const ExportEntry* const there = parts_.exports.find(wish.address);
  if (there != nullptr && there->stage == ExportEntry::Stage::draining && !there->successor) {
    return refuse(Code::exists, "{} is still being removed; try again in a moment", name);
  }
  if (there != nullptr) return refuse(Code::exists, "there is an export {} already", name);
  return checked(wish, config::parse_new_export(wish.address, wish.settings_json, now()));
}

control::Answer<Registry::Checked> Registry::check_changed(const Wish& wish) const {
  if (const auto entry = find(wish.address); !entry) return tl::unexpected(entry.error());
  return checked(wish, config::parse_changed_export(wish.address, wish.settings_json, now()));
}

control::Answer<void> Registry::keep(const config::ExportConfig& config, Notes& notes) {
  const auto place = config::save_export(files_.about(config.address), config);
  if (!place) return tl::unexpected(control::Refusal(place.error()));
  notes.push_back("saved in " + place->file);
  auto saved = std::make_shared<config::ExportConfig>(config);
  saved->place = *place;
  files_.set(std::move(saved));
  return {};
}

void Registry::add_export(wire::AoeAddress address, const std::string& settings_json, control::Save save,
                          control::Done done) {
  const Wish wish{address, settings_json, save};
  const auto good = check_new(wish);
  if (!good) return done(tl::unexpected(good.error()));
  const config::ExportConfig& config = good->config;
  // By force it is exported beside another target.
  const Patterns asked = config.force ? Patterns{} : parts_.interfaces.names(parts_.exports.interfaces_of(config));
  parts_.trials.start(config, asked, [this, wish, config, done = std::move(done)](control::Answer<DiskMaker> disk) {
    done(disk ? add(wish, config, std::move(*disk)) : tl::unexpected(disk.error()));
  });
}

control::Answer<Notes> Registry::add(const Wish& wish, const config::ExportConfig& tried, DiskMaker disk) {
  auto good = check_new(wish);
  if (!good) return tl::unexpected(good.error());
  if (!config::same(good->config, tried)) {
    return refuse(Code::failed, "the configuration was changed while {} was tried; add it again",
                  wish.address.to_string());
  }
  Notes notes = std::move(good->notes);
  if (wish.save == control::Save::yes) {
    if (auto kept = keep(good->config, notes); !kept) return tl::unexpected(kept.error());
  }
  parts_.exports.add(std::make_shared<const config::ExportConfig>(good->config), OpenedDisk(std::move(disk)),
                     Exports::Address::known_free);
  want_interfaces();
  return notes;
}

void Registry::set_export(wire::AoeAddress address, const std::string& settings_json, control::Save save,
                          control::Done done) {
  const Wish wish{address, settings_json, save};
  const auto good = check_changed(wish);
  if (!good) return done(tl::unexpected(good.error()));
  const config::ExportConfig& config = good->config;
  if (config.path == parts_.exports.find(address)->config->path) return done(change(wish, config));
  // Of another file, whether it can be had is known before the old one is let go; it is opened again then.
  parts_.trials.start(config, {}, [this, wish, config, done = std::move(done)](control::Answer<DiskMaker> disk) {
    if (!disk) return done(tl::unexpected(disk.error()));
    *disk = {};
    done(change(wish, config));
  });
}

control::Answer<Notes> Registry::change(const Wish& wish, const config::ExportConfig& tried) {
  auto good = check_changed(wish);
  if (!good) return tl::unexpected(good.error());
  if (good->config.path != tried.path) {
    return refuse(Code::failed, "the configuration was changed while {} was tried; set it again",
                  wish.address.to_string());
  }
  const config::ExportConfig& config = good->config;
  Notes notes = std::move(good->notes);
  if (wish.save == control::Save::yes) {
    if (auto kept = keep(config, notes); !kept) return tl::unexpected(kept.error());
  }
  if (needs_new_disk(*parts_.exports.find(wish.address)->config, config)) {
    notes.push_back("its disk is opened anew as soon as the requests in progress are answered");
  }
  parts_.exports.change(std::make_shared<const config::ExportConfig>(config));
  want_interfaces();
  return notes;
}

}  // namespace aoekit::daemon
