// Starting, polling and stopping the client; finding disks.
#include "frontend/nbdkit/network.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <system_error>

#include "base/check.h"

namespace aoekit::nbd {
namespace {

// So many requests at a time as libaoekit allows: nbdkit's threads are the limit, 16 a connection.
constexpr std::uint32_t kRequests = 4096;
// Targets answer a broadcast within milliseconds.
constexpr int kListMs = 300;
// With requests unfinished and none finished for this long, nbdkit may be waiting for them in order to stop. Long enough
// for the flush of a slow disk.
constexpr auto kStalledAfter = std::chrono::seconds(5);
constexpr int kLookMs = 500;
// The longest that a thread with a request polls at a time, and that the polling thread rests after one has.
constexpr int kPollMs = 100;
constexpr int kRestMs = 20;

constexpr const char* kStopped = "nbdkit is being stopped";

tl::unexpected<Error> stopped() { return tl::unexpected(Error{kStopped, ESHUTDOWN}); }

tl::unexpected<Error> failure(int status) { return tl::unexpected(Error{aoe_error(), -status}); }

void on_client_event(void* user, const aoe_event* event) { reinterpret_cast<EventFunction>(user)(*event); }

}  // namespace

Network::~Network() { stop(); }

Status Network::start(const Parameters& parameters, EventFunction on_event) {
  client_ = aoe_client_new();
  if (client_ == nullptr) return fail("out of memory");
  const std::uint32_t dead_seconds = parameters.wait_forever() ? AOE_FOREVER : parameters.dead_seconds().value_or(0);
  int status = aoe_client_set_interfaces(client_, parameters.interfaces().c_str());
  if (status == 0) status = aoe_client_set_requests(client_, kRequests);
  if (status == 0 && dead_seconds != 0) status = aoe_client_set_dead_seconds(client_, dead_seconds);
  if (status == 0) status = aoe_client_set_thread(client_, AOE_THREAD_CALLER);
  if (status == 0) status = aoe_client_on_event(client_, &on_client_event, reinterpret_cast<void*>(on_event));
  if (status == 0) status = aoe_client_start(client_);
  if (status < 0) return failure(status);
  stop_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  news_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop_.valid() || !news_.valid()) return fail_errno(errno, "cannot make an eventfd");
  return {};
}

Status Network::start_thread(StoppingFunction stopping) {
  stopping_ = stopping;
  // Signals are nbdkit's main thread's affair.
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

void Network::run_thread() {
  while (request_polled_.exchange(false) || request_polls_ ? rest() : wait_and_poll()) {
    if (is_stalled() && stopping_()) return end_client();
  }
}

// False: the thread is to end.
bool Network::wait_and_poll() {
  // A request that is started meanwhile sets the client's timer, so that this does not oversleep.
  const Wake wake = sleep(aoe_client_fd(client_), unfinished() == 0 ? -1 : kLookMs);
  if (wake == Wake::client) AOEKIT_CHECK(aoe_client_poll(client_, 0) >= 0);
  return wake != Wake::stop;
}

// Likewise.
bool Network::rest() {
  resting_ = true;
  const bool may_rest = request_polls_ || unfinished() == 0;
  const Wake wake = may_rest ? sleep(-1, kRestMs) : Wake::other;
  resting_ = false;
  return wake != Wake::stop;
}

Network::Wake Network::sleep(int client_fd, int milliseconds) {
  std::array<pollfd, 3> sources{pollfd{.fd = client_fd, .events = POLLIN, .revents = 0},
                                pollfd{.fd = news_.get(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = stop_.get(), .events = POLLIN, .revents = 0}};
  const int ready = ::poll(sources.data(), sources.size(), milliseconds);
  AOEKIT_CHECK(ready >= 0 || errno == EINTR);
  if (ready <= 0) return Wake::other;
  eventfd_t count = 0;
  if (sources[1].revents != 0) static_cast<void>(::eventfd_read(news_.get(), &count));
  if (sources[2].revents != 0) return Wake::stop;
  return sources[0].revents != 0 ? Wake::client : Wake::other;
}

bool Network::take_polling() {
  bool nobody_does = false;
  if (!request_polls_.compare_exchange_strong(nobody_does, true)) return false;
  request_polled_ = true;
  // It could sleep for ever now: what wakes it, this thread may take.
  if (!resting_) wake_polling_thread();
  return true;
}

void Network::leave_polling() {
  request_polls_ = false;
  if (unfinished() > 1) wake_polling_thread();
}

void Network::wake_polling_thread() { AOEKIT_CHECK(::eventfd_write(news_.get(), 1) == 0); }

bool Network::poll_for_request() {
  if (ending_) return false;
  const std::shared_lock lock(in_use_);
  return client_ != nullptr && aoe_client_poll(client_, kPollMs) >= 0;
}

bool Network::is_stalled() {
  const auto now = std::chrono::steady_clock::now();
  const std::uint64_t finished = finished_;
  if (finished != finished_before_ || started_ == finished) {
    finished_before_ = finished;
    moved_at_ = now;
  }
  return now - moved_at_ >= kStalledAfter;
}

void Network::end_client() {
  ending_ = true;
  const std::unique_lock alone(in_use_);
  aoe_client_free(client_);
  client_ = nullptr;
}

void Network::stop() {
  if (thread_.joinable()) {
    AOEKIT_CHECK(::eventfd_write(stop_.get(), 1) == 0);
    thread_.join();
  }
  end_client();
}

Result<aoe_disk*> Network::open(DiskName name, std::uint32_t flags, std::uint32_t seconds) {
  const std::shared_lock lock(in_use_);
  if (client_ == nullptr) return stopped();
  aoe_disk* disk = nullptr;
  const int status =
      aoe_disk_open(client_, name.shelf, name.slot, flags, static_cast<int>(seconds) * 1000, &disk);
  if (status < 0) return failure(status);
  return disk;
}

void Network::close(aoe_disk* disk) {
  const std::shared_lock lock(in_use_);
  if (client_ != nullptr) aoe_disk_close(disk);
}

Outcome Network::run(const StartFunction& start) {
  const bool is_alone = ++started_ - finished_ == 1;
  const bool polls = is_alone && take_polling();
  // Whatever happens, an exception included.
  struct AtEnd {
    Network& network;
    bool polls;
    ~AtEnd() {
      if (polls) network.leave_polling();
      ++network.finished_;
    }
  } const at_end{*this, polls};
  const auto start_locked = [&](aoe_callback done, void* user) -> std::int64_t {
    const std::shared_lock lock(in_use_);
    return client_ == nullptr ? -ESHUTDOWN : start(done, user);
  };
  const Outcome outcome = run_request(start_locked, [&] {
    if (polls) return poll_for_request();
    if (resting_ && !request_polls_) wake_polling_thread();
    return false;
  });
  // The client ended before, or under it.
  if (outcome.os_error == ESHUTDOWN || outcome.os_error == ECANCELED) return {ESHUTDOWN, kStopped};
  return outcome;
}

Result<std::vector<aoe_disk_status>> Network::disks() {
  const std::shared_lock lock(in_use_);
  if (client_ == nullptr) return stopped();
  if (const int status = aoe_client_discover(client_, AOE_ANY_SHELF, AOE_ANY_SLOT, kListMs); status < 0) {
    return failure(status);
  }
  std::vector<aoe_disk_status> disks;
  // Others may be found between the two looks.
  for (std::size_t room = 64;; room *= 2) {
    disks.resize(room);
    const int count = aoe_client_list(client_, disks.data(), disks.size());
    if (count < 0) return failure(count);
    if (static_cast<std::size_t>(count) > room) continue;
    disks.resize(static_cast<std::size_t>(count));
    break;
  }
  std::erase_if(disks, [](const aoe_disk_status& disk) {
    return disk.state != AOE_DISK_UP && disk.state != AOE_DISK_SILENT;
  });
  return disks;
}

}  // namespace aoekit::nbd
