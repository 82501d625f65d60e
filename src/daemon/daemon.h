// The running aoed: its main thread's loop, what the loop waits for, and the shards.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "base/log.h"
#include "config/config.h"
#include "daemon/address_survey.h"
#include "daemon/control_server.h"
#include "daemon/disk_opener.h"
#include "daemon/event_log.h"
#include "daemon/exports.h"
#include "daemon/interfaces.h"
#include "daemon/metrics.h"
#include "daemon/registry.h"
#include "daemon/shard.h"
#include "daemon/state_store.h"
#include "daemon/trials.h"
#include "io/event_loop.h"
#include "io/signals.h"
#include "net/link_monitor.h"

namespace aoekit::daemon {

// Main thread.
class Daemon {
 public:
  // `signals`: SIGTERM, SIGINT, SIGHUP. `opened`: disks that were opened already, by address.
  // `log_level`: what the command line says, whatever the configuration does.
  static Result<std::unique_ptr<Daemon>> start(config::Config config, std::optional<LogLevel> log_level,
                                               io::SignalSource& signals,
                                               std::map<wire::AoeAddress, OpenedDisk> opened);
  // Serves until a signal asks for the end; an Error when it ends for another reason, or not with all that was written.
  Status serve();

 private:
  Daemon(io::EventLoop loop, io::SignalSource& signals) : loop_(std::move(loop)), signals_(signals), events_(std::chrono::minutes(1)) {}
  Status start_shards(const config::DaemonConfig& config);
  Status watch_links();
  [[nodiscard]] Status watch(int fd, std::function<void()> on_ready);
  Status on_links();
  void on_signals();
  void on_shard_news(std::size_t shard);
  void after_turn(Instant now);
  void tell_still_starting(Instant now);
  void tell_ready();
  void keep_watchdog(Instant now);
  void reload();
  void take_log_level(const config::DaemonConfig& config) const;
  void on_stop_signal(int signal);
  void stop(const std::string& why);
  std::optional<Instant> next_deadline() const;
  std::string summary() const;

  io::EventLoop loop_;
  io::SignalSource& signals_;
  std::optional<LogLevel> log_level_;
  std::unique_ptr<StateStore> store_;
  Shards shards_;
  std::optional<net::LinkMonitor> links_;
  io::SourceId links_source_;
  std::unique_ptr<DiskOpener> opener_;
  std::unique_ptr<AddressSurvey> survey_;
  std::unique_ptr<backend::SizeWatch> sizes_;
  std::optional<Interfaces> interfaces_;
  std::optional<Exports> exports_;
  std::unique_ptr<Trials> trials_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<MetricsServer> metrics_;
  EventLog events_;

  bool ready_ = false;
  Instant next_still_starting_{};  // until it is
  bool stopping_ = false;
  std::optional<Error> failure_;  // why it ends, unless somebody asked for it
  std::optional<Duration> watchdog_every_;
  Instant next_watchdog_{};
};

}  // namespace aoekit::daemon
