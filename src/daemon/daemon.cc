// One loop: signals, links, opened disks, news of shards; all that takes long happens elsewhere.
#include "daemon/daemon.h"

#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "daemon/aoed_options.h"
#include "daemon/disk_identity.h"
#include "daemon/heap.h"
#include "daemon/notify.h"
#include "io/clock.h"
#include "net/packet_port.h"

namespace aoekit::daemon {
namespace {

// Requests of one shard worked on at a time; the others wait in its receive buffers.
constexpr std::size_t kRequestsPerShard = 1024;
// Frames of each shard that may arrive on an interface while nobody looks.
constexpr std::size_t kReceiveFrames = 512;
constexpr std::size_t kOpenThreads = 4;
// Targets that start together, when the power comes back, announce themselves within this time.
constexpr Duration kAnnounceJitter = std::chrono::milliseconds(500);

net::ReceiveBy receive_by(config::Receive receive) {
  switch (receive) {
    case config::Receive::automatic: break;
    case config::Receive::ring: return net::ReceiveBy::ring;
    case config::Receive::socket: return net::ReceiveBy::socket;
  }
  return net::ReceiveBy::automatic;
}

OpenPort target_ports(net::ReceiveBy receive_by) {
  return [receive_by](const std::string& interface, std::size_t shard,
                      std::size_t shards) -> Result<std::unique_ptr<net::FramePort>> {
    return net::PacketPort::open({.interface = interface,
                                  .role = net::PortRole::target,
                                  .share = {static_cast<std::uint32_t>(shard), static_cast<std::uint32_t>(shards)},
                                  .receive_frames = kReceiveFrames,
                                  .receive_by = receive_by});
  };
}

Result<std::unique_ptr<net::FramePort>> open_survey_port(const std::string& interface) {
  return net::PacketPort::open({.interface = interface, .role = net::PortRole::initiator});
}

// How often the manager hears that the start goes on.
constexpr Duration kStillStarting = std::chrono::seconds(10);

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::start(config::Config config, std::optional<LogLevel> log_level,
                                              io::SignalSource& signals,
                                              std::map<wire::AoeAddress, OpenedDisk> opened) {
  auto loop = io::EventLoop::create();
  if (!loop) return tl::unexpected(loop.error());
  const config::DaemonConfig wanted = config.daemon;
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(*loop), signals));
  Daemon& self = *daemon;
  self.log_level_ = log_level;
  self.take_log_level(wanted);
  if (!wanted.state.empty()) {
    auto store = StateStore::open(wanted.state);
    if (!store) return tl::unexpected(store.error());
    self.store_ = std::move(*store);
  }
  if (Status status = self.start_shards(wanted); !status) return tl::unexpected(status.error());
  const OpenDisk open_disk = file_opener();
  auto opener = DiskOpener::create(open_disk, kOpenThreads);
  if (!opener) return tl::unexpected(opener.error());
  self.opener_ = std::move(*opener);
  auto survey = AddressSurvey::create(self.loop_, open_survey_port);
  if (!survey) return tl::unexpected(survey.error());
  self.survey_ = std::move(*survey);
  auto sizes = backend::SizeWatch::create();
  if (!sizes) return tl::unexpected(sizes.error());
  self.sizes_ = std::move(*sizes);
  self.interfaces_.emplace(self.shards_, target_ports(receive_by(wanted.receive)));
  self.exports_.emplace(Exports::Parts{self.shards_, *self.interfaces_, *self.opener_, *self.survey_, *self.sizes_,
                                       self.store_.get()});
  auto trials = Trials::create({self.loop_, *self.interfaces_, open_disk, open_survey_port});
  if (!trials) return tl::unexpected(trials.error());
  self.trials_ = std::move(*trials);
  const auto on_daemon_config = [&self](const config::DaemonConfig& changed) {
    self.take_log_level(changed);
    return_unused_memory();
  };
  self.registry_ = std::make_unique<Registry>(
      std::move(config),
      Registry::Parts{*self.exports_, *self.interfaces_, self.shards_, *self.trials_,
                      self.store_ ? StateKept::over_restarts : StateKept::until_the_end, on_daemon_config});

  if (Status status = self.watch(signals.fd(), [&self] { self.on_signals(); }); !status) {
    return tl::unexpected(status.error());
  }
  if (Status status = self.watch(self.sizes_->fd(), [&self] { self.exports_->on_sizes(); }); !status) {
    return tl::unexpected(status.error());
  }
  if (Status status = self.watch_links(); !status) return tl::unexpected(status.error());
  if (Status status = self.watch(self.opener_->fd(), [&self] { self.exports_->on_opened(); }); !status) {
    return tl::unexpected(status.error());
  }
  if (!wanted.control_socket.empty()) {
    auto control = ControlServer::create(self.loop_, *self.registry_,
                                         {.path = wanted.control_socket, .group = wanted.control_group});
    if (!control) return tl::unexpected(control.error());
    self.control_ = std::move(*control);
  }
  if (!wanted.metrics.empty()) {
    auto metrics = MetricsServer::start(wanted.metrics, self.loop_, *self.registry_);
    if (!metrics) return tl::unexpected(metrics.error());
    self.metrics_ = std::move(*metrics);
  }
  self.watchdog_every_ = watchdog_interval();
  self.registry_->start(std::move(opened));
  return daemon;
}

Status Daemon::start_shards(const config::DaemonConfig& config) {
  const std::size_t count = config.threads != 0 ? config.threads : std::max(1U, std::thread::hardware_concurrency());
  Shard::Options options;
  options.limits.cores = count;
  options.limits.buffers = target::kBuffersForReplies + kRequestsPerShard;
  options.limits.announce_jitter = kAnnounceJitter;
  options.limits.persistence = store_ ? target::Persistence::required : target::Persistence::none;
  options.busy_wait = config.busy_wait;
  options.disk_busy_wait = config.disk_busy_wait;
  options.store = store_.get();
  for (std::size_t i = 0; i < count; ++i) {
    options.name = fmt::format("aoed-{}", i);
    options.limits.seed = random_seed({}) + i;
    auto shard = Shard::start(options);
    if (!shard) return tl::unexpected(shard.error());
    if (Status status = watch((*shard)->news_fd(), [this, i] { on_shard_news(i); }); !status) return status;
    shards_.push_back(std::move(*shard));
  }
  return {};
}

Status Daemon::watch(int fd, std::function<void()> on_ready) {
  const auto source = loop_.add(fd, io::Interest::read, [call = std::move(on_ready)](io::Ready) { call(); });
  if (!source) return tl::unexpected(source.error());
  return {};
}

Status Daemon::watch_links() {
  auto links = net::LinkMonitor::create();
  if (!links) return tl::unexpected(links.error());
  links_ = std::move(*links);
  // What exists already is served from the first export on.
  if (Status status = on_links(); !status) return status;
  const auto source = loop_.add(links_->fd(), io::Interest::read, [this](io::Ready) {
    const Status status = on_links();
    if (status) return;
    // Without it aoed would be deaf to cables and adapters for the rest of its life.
    loop_.remove(links_source_);
    log(LogLevel::error, "{}; ending", status.error().message);
    failure_ = status.error();
    if (!stopping_) stop("deaf to changes of interfaces");
  });
  if (!source) return tl::unexpected(source.error());
  links_source_ = *source;
  return {};
}

Status Daemon::on_links() {
  const auto events = links_->read();
  if (!events) return fail("cannot follow the network interfaces: {}", events.error().message);
  for (const net::LinkEvent& event : *events) interfaces_->on_link(event);
  exports_->on_interfaces_changed();
  return {};
}

void Daemon::on_signals() {
  while (const auto signal = signals_.next()) {
    if (*signal == SIGHUP) {
      reload();
    } else {
      on_stop_signal(*signal);
    }
  }
}

void Daemon::reload() {
  if (stopping_) return;
  notify_reloading();
  const auto notes = registry_->reload();
  if (notes) {
    for (const std::string& note : *notes) log(LogLevel::notice, "reload: {}", note);
  } else {
    log(LogLevel::error, "the configuration stays as it is: {}", notes.error().message);
  }
  notify_ready(summary());
}

void Daemon::take_log_level(const config::DaemonConfig& config) const {
  const auto level = log_level_ ? *log_level_ : parse_log_level(config.log_level);
  if (level) set_log_level(*level);
}

void Daemon::on_stop_signal(int signal) {
  if (!stopping_) return stop(signal == SIGINT ? "interrupted" : "terminated");
  std::size_t requests = 0;
  for (const auto& shard : shards_) requests += shard->requests_in_progress();
  log(LogLevel::error, "ended by a second signal with {} requests unanswered", requests);
  std::_Exit(1);  // disks that hang would keep us
}

void Daemon::stop(const std::string& why) {
  std::size_t requests = 0;
  for (const auto& shard : shards_) requests += shard->requests_in_progress();
  stopping_ = true;
  notify_stopping();
  log(LogLevel::info, "{}: finishing {} requests and syncing", why, requests);
  for (const auto& shard : shards_) shard->stop();
}

void Daemon::on_shard_news(std::size_t shard) {
  shards_[shard]->heard();
  exports_->on_shard_news(shard);
  for (const Shard::Event& event : shards_[shard]->take_events()) {
    events_.write(event.address, event.event, registry_->names(), io::monotonic_now());
  }
}

Status Daemon::serve() {
  const auto finished = [this] {
    return stopping_ && std::ranges::all_of(shards_, [](const auto& shard) { return shard->finished(); });
  };
  after_turn(io::monotonic_now());  // what the start has left to do
  while (!finished()) {
    if (const auto count = loop_.run_once(next_deadline()); !count) return tl::unexpected(count.error());
    after_turn(io::monotonic_now());
  }
  std::size_t failed = 0;
  for (const auto& shard : shards_) failed += shard->failed_syncs();
  if (failed > 0) return fail("the last sync of {} disks failed: recent writes may be lost", failed);
  if (failure_) return tl::unexpected(*failure_);
  log(LogLevel::info, "ended");
  return {};
}

std::optional<Instant> Daemon::next_deadline() const {
  std::optional<Instant> next = exports_->next_deadline();
  if (!ready_) next = next ? std::min(*next, next_still_starting_) : next_still_starting_;
  if (watchdog_every_) next = next ? std::min(*next, next_watchdog_) : next_watchdog_;
  return next;
}

void Daemon::after_turn(Instant now) {
  if (!stopping_) exports_->on_time(now);
  if (!ready_ && exports_->opening() == 0) tell_ready();
  if (!ready_ && now >= next_still_starting_) tell_still_starting(now);
  if (watchdog_every_ && now >= next_watchdog_) keep_watchdog(now);
}

// Disks that only aoed's user opens may take as long as those that root did.
void Daemon::tell_still_starting(Instant now) {
  next_still_starting_ = now + kStillStarting;
  notify_still_starting(2 * kStillStarting);
}

void Daemon::tell_ready() {
  ready_ = true;
  return_unused_memory();
  log(LogLevel::notice, "{}", summary());
  notify_ready(summary());
}

std::string Daemon::summary() const {
  std::size_t serving = 0;
  for (const auto& [address, entry] : exports_->entries()) {
    if (entry.stage == ExportEntry::Stage::serving) ++serving;
  }
  const std::size_t others = exports_->entries().size() - serving;
  std::string text = fmt::format("serving {} exports", serving);
  if (others > 0) text += fmt::format(", {} are waited for", others);
  return text;
}

void Daemon::keep_watchdog(Instant now) {
  // Twice in the manager's time, so that a shard has one more chance.
  next_watchdog_ = now + *watchdog_every_ / 3;
  if (std::ranges::all_of(shards_, [](const auto& shard) { return shard->was_alive(); })) return notify_alive();
  log(LogLevel::warning, "a thread has not come round for {} s",
      std::chrono::duration_cast<std::chrono::seconds>(*watchdog_every_ / 3).count());
}

}  // namespace aoekit::daemon
