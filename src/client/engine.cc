// The monitor's outside: starting, waiting, disks and requests. engine_turn.cc is the leader's work.
#include "client/engine.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "io/clock.h"

namespace aoekit::client {
namespace {

// A question or its answer may be lost.
constexpr Duration kAskAgainAfter = std::chrono::milliseconds(400);

template <class... Args>
tl::unexpected<Error> unavailable(fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected(Error{fmt::format(format, std::forward<Args>(args)...), ENODEV});
}

}  // namespace

bool trim_zeroes(const initiator::DeviceStatus& status) {
  return status.can_trim && status.page.trim_deterministic && status.page.trim_reads_zero;
}

Engine::Engine(EngineOptions options, std::unique_ptr<Network> network, io::EventLoop loop, io::Timer timer,
               io::Wakeup wakeup, io::Wakeup busy)
    : options_(std::move(options)),
      network_(std::move(network)),
      loop_(std::move(loop)),
      timer_(std::move(timer)),
      wakeup_(std::move(wakeup)),
      core_(options_.core, io::monotonic_now()),
      outbox_(core_.outbox_capacity()),
      records_(options_.core.limits.requests),
      busy_wait_(options_.busy_wait),
      busy_(std::move(busy)),
      batch_(outbox_.frames.capacity()) {
  for (std::size_t i = records_.size(); i-- > 0;) free_records_.push_back(static_cast<std::uint32_t>(i));
  finished_.reserve(records_.size());
  delivering_.reserve(records_.size());
}

Result<std::unique_ptr<Engine>> Engine::start(EngineOptions options, std::unique_ptr<Network> network) {
  auto loop = io::EventLoop::create();
  if (!loop) return tl::unexpected(loop.error());
  auto timer = io::Timer::create();
  if (!timer) return tl::unexpected(timer.error());
  auto wakeup = io::Wakeup::create();
  if (!wakeup) return tl::unexpected(wakeup.error());
  auto busy = io::Wakeup::create();
  if (!busy) return tl::unexpected(busy.error());
  std::unique_ptr<Engine> engine(new Engine(std::move(options), std::move(network), std::move(*loop),
                                            std::move(*timer), std::move(*wakeup), std::move(*busy)));
  if (const Status watched = engine->watch_all(); !watched) return tl::unexpected(watched.error());
  if (engine->options_.thread == ThreadMode::own) {
    if (const Status started = engine->start_thread(); !started) return tl::unexpected(started.error());
  }
  return engine;
}

Engine::~Engine() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      wake_leader();
    }
    thread_.join();
  }
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t slot = 0; slot < records_.size(); ++slot) {
      if (records_[slot].done != nullptr) finish(slot, -ECANCELED, "the client was closed");
    }
    take_finished();
  }
  deliver();
}

std::size_t Engine::poll(std::optional<Instant> deadline) {
  AOEKIT_CHECK(options_.thread == ThreadMode::caller);
  std::unique_lock lock(mutex_);
  while (leading_) {
    if (!wait_for_change(lock, deadline)) return 0;
  }
  return lead(lock, deadline);
}

bool Engine::wait_until(std::optional<Instant> deadline, const std::function<bool()>& ready) {
  std::unique_lock lock(mutex_);
  if (is_held()) settle_for_leader();
  while (!ready()) {
    if (options_.thread == ThreadMode::caller && !leading_) {
      if (deadline && io::monotonic_now() >= *deadline) return false;
      lead(lock, deadline);
    } else if (!wait_for_change(lock, deadline)) {
      return ready();
    }
  }
  return true;
}

// False: the deadline came first.
bool Engine::wait_for_change(std::unique_lock<std::mutex>& lock, std::optional<Instant> deadline) {
  if (!deadline) {
    changed_.wait(lock);
    return true;
  }
  const Duration left = *deadline - io::monotonic_now();
  return left > Duration::zero() && changed_.wait_for(lock, left) == std::cv_status::no_timeout;
}

void Engine::discover(wire::AoeAddress address) {
  const std::lock_guard lock(mutex_);
  core_.discover(address, io::monotonic_now(), outbox_);
  settle_for_leader();
}

bool Engine::find_disk(wire::AoeAddress address, Instant deadline) {
  while (true) {
    discover(address);
    const Instant until = std::min(deadline, io::monotonic_now() + kAskAgainAfter);
    if (wait_until(until, [&] { return find_usable(address).has_value(); })) return true;
    if (until == deadline) return false;
  }
}

std::optional<initiator::DeviceId> Engine::find_usable(wire::AoeAddress address) {
  const auto device = core_.find(address);
  if (!device) return std::nullopt;
  const initiator::DeviceState state = core_.device_status(*device).state;
  const bool usable = state == initiator::DeviceState::up || state == initiator::DeviceState::silent;
  return usable ? device : std::nullopt;
}

Result<std::unique_ptr<OpenDisk>> Engine::open(wire::AoeAddress address) {
  const std::lock_guard lock(mutex_);
  const auto device = core_.find(address);
  if (!device) {
    return unavailable("{}: no answer on {} (is the target running on that network, and if it has a MAC mask list, is "
                       "this station in it?)", address.to_string(), port_names());
  }
  switch (core_.device_status(*device).state) {
    case initiator::DeviceState::found:
      return unavailable("{}: somebody answers, but does not say what disk it is (see: aoe identify {})",
                         address.to_string(), address.to_string());
    case initiator::DeviceState::down: return unavailable("{}: it has stopped answering", address.to_string());
    case initiator::DeviceState::up:
    case initiator::DeviceState::silent:
    case initiator::DeviceState::replaced: break;
  }
  core_.open(*device);
  auto disk = std::make_unique<OpenDisk>();
  disk->device = *device;
  disk->address = address;
  return disk;
}

std::string Engine::port_names() const {
  std::string names;
  for (std::size_t i = 0; i < network_->port_count(); ++i) {
    names += (names.empty() ? "" : ", ") + network_->port(i).info().name;
  }
  return names.empty() ? "any interface: there is no Ethernet interface" : names;
}

void Engine::close(std::unique_ptr<OpenDisk> disk) {
  wait_until(std::nullopt, [&] { return disk->unfinished == 0; });
  const std::lock_guard lock(mutex_);
  core_.close(disk->device);
}

Sectors Engine::size(const OpenDisk& disk) {
  const std::lock_guard lock(mutex_);
  return core_.device_size(disk.device);
}

bool Engine::trim_zeroes(const OpenDisk& disk) {
  const std::lock_guard lock(mutex_);
  return client::trim_zeroes(core_.device_status(disk.device));
}

std::vector<DiskReport> Engine::list() {
  const std::lock_guard lock(mutex_);
  std::vector<DiskReport> reports;
  for (const initiator::DeviceId device : core_.devices()) reports.push_back(report_of(device));
  return reports;
}

DiskReport Engine::report(const OpenDisk& disk) {
  const std::lock_guard lock(mutex_);
  return report_of(disk.device);
}

DiskReport Engine::report_of(initiator::DeviceId device) {
  DiskReport report{.status = core_.device_status(device), .paths = {}, .interfaces = {}};
  for (std::size_t path = 0; path < report.status.path_count; ++path) {
    report.paths.push_back(core_.path_status(device, path));
    report.interfaces.push_back(network_->port(report.paths.back().port.value).info().name);
  }
  return report;
}

std::size_t Engine::forget(wire::AoeAddress address, Forget which) {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const initiator::DeviceId device : core_.devices()) {
    const initiator::DeviceStatus status = core_.device_status(device);
    if (!address.addresses(status.address)) continue;
    if (which == Forget::down_only && status.state != initiator::DeviceState::down) continue;
    if (core_.forget(device)) ++count;
  }
  settle_for_leader();
  return count;
}

Result<std::int64_t> Engine::submit(OpenDisk& disk, const Request& request) {
  AOEKIT_CHECK(request.done != nullptr);
  const std::lock_guard lock(mutex_);
  if (free_records_.empty()) {
    return tl::unexpected(Error{fmt::format("{} requests are unfinished already", records_.size()), EAGAIN});
  }
  const std::uint32_t slot = free_records_.back();
  const block::BlockOp op{.cookie = slot,
                          .kind = request.kind,
                          .durability = request.durability,
                          .range = request.range,
                          .data = request.data};
  const auto id = core_.submit(disk.device, op, io::monotonic_now(), outbox_);
  if (!id) return tl::unexpected(id.error());
  free_records_.pop_back();
  records_[slot] = {&disk, request.done, request.user, ++last_cookie_};
  ++disk.unfinished;
  const std::int64_t cookie = last_cookie_;
  if (!is_held() || outbox_.frames.size() >= kFramesPerTurn) settle_for_leader();
  return cookie;
}

void Engine::wait_for_room() {
  wait_until(std::nullopt, [this] { return !free_records_.empty(); });
}

void Engine::hold() {
  const std::lock_guard lock(mutex_);
  begin_hold();
}

void Engine::release() {
  const std::lock_guard lock(mutex_);
  end_hold();
}

void Engine::send_held() {
  const std::lock_guard lock(mutex_);
  if (is_held()) settle_for_leader();
}

void Engine::begin_hold() {
  if (holds_ > 0 && !is_held()) return;
  holder_ = std::this_thread::get_id();
  ++holds_;
}

void Engine::end_hold() {
  if (!is_held() || --holds_ > 0) return;
  holder_ = {};
  settle_for_leader();
}

}  // namespace aoekit::client
