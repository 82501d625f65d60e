// What can be asked of aoed and changed while it runs: control::Api over exports, interfaces and configuration files.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/problem.h"
#include "control/api.h"
#include "daemon/config_files.h"
#include "daemon/exports.h"
#include "daemon/trials.h"
#include "io/clock.h"

namespace aoekit::daemon {

// How long what stations and administrators set lasts.
enum class StateKept : std::uint8_t { over_restarts, until_the_end };

// Threads: all calls from the main thread. Adding and changing end when a disk is opened and the network has said whether
// an address is taken, a second or so later; the main thread does not wait for that.
class Registry final : public control::Api {
 public:
  struct Parts {
    Exports& exports;
    Interfaces& interfaces;
    Shards& shards;
    Trials& trials;
    StateKept keeps_state = StateKept::over_restarts;
    // What a reload changes besides: the level of the log.
    std::function<void(const config::DaemonConfig&)> on_daemon_config;
  };
  // `files`: what the configuration files say. start() exports it.
  Registry(config::Config files, Parts parts);

  // Begins to serve what the files say. `opened`: disks that were opened before privileges were given up.
  void start(std::map<wire::AoeAddress, OpenedDisk> opened);

  const config::Names& names() const { return files_.rest.names; }

  control::DaemonInfo daemon() const override;
  std::vector<control::ExportInfo> exports(const control::ExportPage& page) const override;
  control::Answer<control::ExportInfo> exported(wire::AoeAddress address) const override;
  std::vector<control::InterfaceInfo> interfaces() const override;
  std::vector<control::ClientInfo> clients(const control::ClientPage& page) const override;
  void add_export(wire::AoeAddress address, const std::string& settings_json, control::Save save,
                  control::Done done) override;
  void set_export(wire::AoeAddress address, const std::string& settings_json, control::Save save,
                  control::Done done) override;
  control::Answer<control::Notes> remove_export(wire::AoeAddress address, control::Force force,
                                                control::Save save) override;
  control::Answer<control::Notes> announce(std::optional<wire::AoeAddress> address) override;
  control::Answer<control::Notes> resize(wire::AoeAddress address, std::optional<Sectors> size,
                                         control::Force force) override;
  control::Answer<control::Notes> set_mask(wire::AoeAddress address, std::vector<wire::MacAddress> stations) override;
  control::Answer<control::Notes> set_reservation(wire::AoeAddress address,
                                                  std::vector<wire::MacAddress> stations) override;
  control::Answer<control::Notes> release(wire::AoeAddress address) override;
  // Live changes that the files do not mention stay.
  control::Answer<control::Notes> reload() override;

 private:
  using Notes = control::Notes;
  template <class T>
  using Answer = control::Answer<T>;

  Answer<const ExportEntry*> find(wire::AoeAddress address) const;
  Answer<const ExportEntry*> find_serving(wire::AoeAddress address) const;
  // The files' configuration with the exports there are now.
  config::Config now() const;
  void want_interfaces();
  // What somebody wants at an address, found to make sense.
  struct Wish {
    wire::AoeAddress address;
    std::string settings_json;
    control::Save save = control::Save::no;
  };
  struct Checked {
    config::ExportConfig config;
    control::Notes notes;  // so far
  };
  Answer<Checked> check_new(const Wish& wish) const;
  Answer<Checked> check_changed(const Wish& wish) const;
  Answer<Checked> checked(const Wish& wish, config::Checked<config::ExportConfig> parsed) const;
  // Both check again: while the export was tried everything may have changed.
  Answer<Notes> add(const Wish& wish, const config::ExportConfig& tried, DiskMaker disk);
  Answer<Notes> change(const Wish& wish, const config::ExportConfig& tried);
  Answer<void> keep(const config::ExportConfig& config, control::Notes& notes);
  control::ExportInfo info_of(const ExportEntry& entry, const ExportSnapshot* snapshot) const;
  Answer<Notes> change_state(wire::AoeAddress address,
                             const std::function<void(target::PersistentState&)>& change);

  ConfigFiles files_;
  Parts parts_;
  const Instant started_ = io::monotonic_now();
};

}  // namespace aoekit::daemon
