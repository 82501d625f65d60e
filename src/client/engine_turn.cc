// The leader's work: what arrives goes into the core, what the core wants sent goes out, what is done is told.
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "client/describe.h"
#include "client/engine.h"
#include "io/clock.h"

namespace aoekit::client {
namespace {

// Then other sources get their turn.
constexpr std::size_t kBatchesPerWakeUp = 16;
// So often frames may be looked for without asking the kernel what else there is: timers, link changes.
constexpr std::size_t kLooksPerTurn = 16;
// After so many looks that have found something, one after the other, it goes well.
constexpr std::size_t kLooksToUnwatch = 64;

}  // namespace

Status Engine::watch_all() {
  auto source = loop_.add(timer_.fd(), io::Interest::read, [this](io::Ready) { on_timer(); });
  if (!source) return tl::unexpected(source.error());
  source = loop_.add(wakeup_.fd(), io::Interest::read, [this](io::Ready) { on_wakeup(); });
  if (!source) return tl::unexpected(source.error());
  source = loop_.add(busy_.fd(), io::Interest::read, [](io::Ready) {});
  if (!source) return tl::unexpected(source.error());
  if (network_->changes_fd() >= 0) {
    source = loop_.add(network_->changes_fd(), io::Interest::read, [this](io::Ready) { on_links_changed(); });
    if (!source) return tl::unexpected(source.error());
    links_source_ = *source;
  }
  const std::lock_guard lock(mutex_);
  for (std::size_t index = 0; index < network_->port_count(); ++index) follow_port(index);
  settle_for_leader();
  return {};
}

Status Engine::start_thread() {
  // The program's signals are not this thread's affair.
  sigset_t all, before;
  sigfillset(&all);
  AOEKIT_CHECK(::pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
  Status status;
  try {
    thread_ = std::thread([this] { run_thread(); });
  } catch (const std::system_error& error) {
    status = fail_errno(error.code().value(), "cannot start a thread");
  }
  AOEKIT_CHECK(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  return status;
}

void Engine::run_thread() {
  std::unique_lock lock(mutex_);
  while (!stopping_) lead(lock, std::nullopt);
}

// REQUIRES the lock, which is given up meanwhile, and that nobody leads.
std::size_t Engine::lead(std::unique_lock<std::mutex>& lock, std::optional<Instant> deadline) {
  AOEKIT_CHECK(!leading_);
  leading_ = true;
  const bool something_came = delivered_ > 0;
  delivered_ = 0;
  if (is_held()) settle_for_leader();
  // Without either the network is as quiet as we are.
  const bool is_busy = something_came || free_records_.size() < records_.size();
  lock.unlock();
  if (!is_busy || !look_awake(deadline)) wait_for_events(deadline);
  lock.lock();
  leading_ = false;
  changed_.notify_all();
  return delivered_;
}

void Engine::wait_for_events(std::optional<Instant> deadline) {
  watch_ports();
  // Fails for want of kernel memory only.
  AOEKIT_CHECK(loop_.run_once(deadline).has_value());
}

// Looks for frames without a system call, for a while if that pays. False: there are none.
bool Engine::look_awake(std::optional<Instant> deadline) {
  if (++looks_ % kLooksPerTurn == 0) {
    AOEKIT_CHECK(loop_.run_once(Instant{}).has_value());
    if (delivered_ > 0) return true;
  }
  if (look_at_ports()) return true;
  const Instant now = io::monotonic_now();
  if (deadline && *deadline <= now) return false;
  const Duration longest = busy_wait_.next();
  if (longest == Duration::zero()) return false;
  const Instant end = std::min(now + longest, deadline.value_or(Instant::max()));
  do {
    if (look_at_ports()) {
      busy_wait_.succeeded();
      return true;
    }
  } while (!awake_ && io::monotonic_now() < end);
  if (!awake_) busy_wait_.failed();
  return false;
}

bool Engine::look_at_ports() {
  bool found = false;
  for (std::size_t index = 0; index < port_sources_.size(); ++index) {
    if (network_->port(index).fd() >= 0) found = on_port_readable(index) || found;
  }
  if (found && ++busy_looks_ == kLooksToUnwatch) unwatch_ports();
  return found;
}

void Engine::unwatch_ports() {
  for (auto& source : port_sources_) {
    if (source) loop_.remove(*source);
    source.reset();
  }
  unwatched_ = true;
  busy_.light();
}

void Engine::watch_ports() {
  busy_looks_ = 0;
  if (!unwatched_) return;
  unwatched_ = false;
  busy_.put_out();
  for (std::size_t index = 0; index < port_sources_.size(); ++index) watch_port(index);
}

// Whether there was anything.
bool Engine::on_port_readable(std::size_t index) {
  net::FramePort& port = network_->port(index);
  const initiator::PortId id{static_cast<std::uint16_t>(index)};
  std::size_t batch = 0;
  for (; batch < kBatchesPerWakeUp; ++batch) {
    // Without the lock: copying frames out of the kernel must not hold up those who submit.
    const std::span<const ByteView> frames = port.receive();
    if (frames.empty()) break;
    {
      const std::lock_guard lock(mutex_);
      const Instant now = io::monotonic_now();
      std::size_t in_turn = 0;
      for (const ByteView frame : frames) {
        core_.on_frame(id, frame, now, outbox_);
        if (++in_turn % kFramesPerTurn == 0) settle();
      }
      settle();
      take_finished();
    }
    deliver();
  }
  return batch > 0;
}

void Engine::on_timer() {
  {
    const std::lock_guard lock(mutex_);
    timer_.clear();
    armed_.reset();
    core_.on_timer(io::monotonic_now(), outbox_);
    settle();
    take_finished();
  }
  deliver();
}

void Engine::on_wakeup() {
  {
    const std::lock_guard lock(mutex_);
    wakeup_.put_out();
    awake_ = false;
    take_finished();
  }
  deliver();
}

void Engine::on_links_changed() {
  {
    const std::lock_guard lock(mutex_);
    const Status followed = network_->follow([this](std::size_t index) { follow_port(index); });
    if (!followed) {
      // Nothing more will be heard: what is open stays in use.
      loop_.remove(*links_source_);
      links_source_.reset();
    }
    settle();
    take_finished();
  }
  deliver();
}

void Engine::follow_port(std::size_t index) {
  net::FramePort& port = network_->port(index);
  const net::PortInfo& info = port.info();
  const initiator::PortOptions options{.mac = info.mac, .mtu_bytes = info.mtu_bytes, .up = info.up};
  const Instant now = io::monotonic_now();
  if (index == port_sources_.size()) {
    const initiator::PortId id = core_.add_port(options, now, outbox_);
    AOEKIT_CHECK(id.value == index);
    port_sources_.emplace_back();
  } else {
    core_.update_port({static_cast<std::uint16_t>(index)}, options, now, outbox_);
  }
  if (!unwatched_) watch_port(index);
}

void Engine::watch_port(std::size_t index) {
  const int fd = network_->port(index).fd();
  auto& source = port_sources_[index];
  if (source) loop_.remove(*source);
  source.reset();
  if (fd < 0) return;
  // Fails for want of kernel memory only; then the port is deaf until its next change.
  const auto added =
      loop_.add(fd, io::Interest::read, [this, index](io::Ready) { on_port_readable(index); });
  if (added) source = *added;
}

void Engine::settle() {
  send_frames();
  collect();
  const auto deadline = core_.next_deadline();
  // A timer that comes too early costs one look; setting it anew each time costs a system call a frame.
  if (deadline && (!armed_ || *deadline < *armed_)) {
    timer_.set(deadline);
    armed_ = deadline;
  }
}

void Engine::settle_for_leader() {
  settle();
  if (!finished_.empty() || !events_.empty()) wake_leader();
}

void Engine::wake_leader() {
  if (awake_) return;
  awake_ = true;
  wakeup_.light();
}

void Engine::send_frames() {
  const auto& frames = outbox_.frames;
  for (std::size_t i = 0; i < frames.size();) {
    const initiator::PortId id = frames[i].port;
    for (; i < frames.size() && frames[i].port == id; ++i) batch_.push_back(frames[i].bytes);
    network_->port(id.value).send(batch_.view());
    batch_.clear();
  }
  if (!frames.empty()) core_.recycle(outbox_);
}

void Engine::collect() {
  std::array<initiator::Completion, 32> completions;
  std::size_t count = completions.size();
  while (count == completions.size()) {
    count = core_.drain(completions);
    for (const initiator::Completion& completion : std::span(completions).first(count)) {
      const bool ok = completion.outcome == initiator::Outcome::ok;
      const auto slot = static_cast<std::size_t>(completion.cookie);
      finish(slot, ok ? 0 : -errno_of(completion),
             ok ? std::string() : explain_failure(records_[slot].disk->address, completion));
    }
  }
  std::array<initiator::DeviceEvent, 16> events;
  count = events.size();
  while (count == events.size()) {
    count = core_.drain_events(events);
    events_.insert(events_.end(), events.begin(), events.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

void Engine::finish(std::size_t slot, int error, std::string text) {
  finished_.push_back({std::exchange(records_[slot], {}), error, std::move(text)});
  free_records_.push_back(static_cast<std::uint32_t>(slot));
}

void Engine::take_finished() {
  // Empty, their memory is used anew.
  std::swap(finished_, delivering_);
  std::swap(events_, telling_);
  if (!delivering_.empty()) begin_hold();
}

void Engine::deliver() {
  for (const initiator::DeviceEvent& event : telling_) {
    if (!options_.on_event) continue;
    const bool has_port = event.port.value < network_->port_count();
    options_.on_event(event, has_port ? network_->port(event.port.value).info().name : std::string());
  }
  for (const Finished& one : delivering_) {
    one.record.done(one.record.user, one.record.cookie, one.error, one.error == 0 ? nullptr : one.text.c_str());
  }
  if (delivering_.empty() && telling_.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const Finished& one : delivering_) --one.record.disk->unfinished;
  delivered_ += delivering_.size();
  if (!delivering_.empty()) end_hold();
  delivering_.clear();
  telling_.clear();
  changed_.notify_all();
}

}  // namespace aoekit::client
