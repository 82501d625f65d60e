// Submitting under a lock, so that the order of submission is the order of the model.
#include "tests/torture/hammer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <thread>
#include <utility>

#include "base/check.h"
#include "sim/content.h"

namespace aoekit::torture {
namespace {

constexpr std::size_t kComplaintsMax = 20;

volatile std::sig_atomic_t end_wanted = 0;

std::chrono::nanoseconds seconds(double value) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(value));
}

const char* state_name(std::uint8_t state) {
  switch (state) {
    case AOE_PATH_UP: return "up";
    case AOE_PATH_SUSPECT: return "suspect";
    case AOE_PATH_DOWN: return "down";
    default: return "refused";
  }
}

}  // namespace

Hammer::Hammer(aoe_disk* disk, const HammerOptions& options)
    : disk_(disk), options_(options), model_(options.window.count), prng_(options.seed) {
  for (std::size_t i = 0; i < options.depth; ++i) {
    requests_.push_back(std::make_unique<Request>());
    requests_.back()->hammer = this;
  }
}

Hammer::~Hammer() = default;

HammerResult Hammer::run() {
  AOEKIT_CHECK(std::signal(SIGTERM, [](int) { end_wanted = 1; }) != SIG_ERR);
  zero_window();
  if (result_.complaints.empty()) {
    begin_ = last_done_ = Clock::now();
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < options_.threads; ++i) threads.emplace_back([this] { submit_many(); });
    watch();
    for (std::thread& thread : threads) thread.join();
  }
  if (result_.complaints.empty()) read_back();
  const std::lock_guard lock(mutex_);
  return result_;
}

void Hammer::zero_window() {
  const std::vector<std::uint8_t> zeros(options_.request_sectors * kSectorBytes);
  for (std::uint64_t at = 0; at < options_.window.count.count; at += options_.request_sectors) {
    const std::uint64_t count = std::min(options_.request_sectors, options_.window.count.count - at);
    const int error = aoe_write(disk_, zeros.data(), count * kSectorBytes, byte_offset({{at}, {count}}), 0);
    if (error != 0) {
      complain(fmt::format("cannot fill the window: {}", aoe_error()));
      return;
    }
  }
}

void Hammer::read_back() {
  std::vector<std::uint8_t> data(options_.request_sectors * kSectorBytes);
  for (std::uint64_t at = 0; at < options_.window.count.count; at += options_.request_sectors) {
    const SectorRange range{{at}, {std::min(options_.request_sectors, options_.window.count.count - at)}};
    const MutableBytes part = MutableBytes(data).first(range.count.bytes());
    const int error = aoe_read(disk_, part.data(), part.size(), byte_offset(range));
    if (error != 0) {
      complain(fmt::format("cannot read the window back: {}", aoe_error()));
      return;
    }
    std::string wrong = model_.check_read(range, model_.read_submitted(range), part);
    if (!wrong.empty()) complain("at the end, " + wrong);
  }
}

void Hammer::submit_many() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    Request* request = free_request();
    if (request == nullptr) {
      changed_.wait_for(lock, std::chrono::milliseconds(100));
      continue;
    }
    choose(*request);
    if (start(*request)) continue;
    if (!options_.failures_allowed) stopping_ = true;
    // A disk that is down refuses everything at once.
    changed_.wait_for(lock, std::chrono::milliseconds(20));
  }
}

Hammer::Request* Hammer::free_request() {
  const auto found = std::ranges::find_if(requests_, [](const auto& request) { return !request->busy; });
  return found == requests_.end() ? nullptr : found->get();
}

void Hammer::choose(Request& request) {
  const std::uint64_t dice = prng_.below(100);
  unsigned limit = options_.flush_percent;
  if (dice < limit) {
    request.kind = Kind::flush;
  } else if (dice < (limit += options_.zero_percent)) {
    request.kind = Kind::zero;
  } else if (dice < limit + options_.write_percent) {
    request.kind = prng_.below(16) == 0 ? Kind::fua_write : Kind::write;
  } else {
    request.kind = Kind::read;
  }
  const std::uint64_t size = options_.window.count.count;
  const std::uint64_t zone =
      options_.hot_sectors > 0 && prng_.below(2) == 0 ? std::min(size, options_.hot_sectors) : size;
  const std::uint64_t longest = std::min(zone, prng_.below(2) == 0 ? 8 : options_.request_sectors);
  const std::uint64_t count = 1 + prng_.below(longest);
  request.range = {{prng_.below(zone - count + 1)}, {count}};
}

bool Hammer::start(Request& request) {
  request.busy = true;
  request.started = Clock::now();
  // What was idle until now does not stall.
  if (busy_++ == 0) last_done_ = request.started;
  const std::int64_t cookie = submit(request);
  if (cookie > 0) return true;
  ++result_.failed;
  if (!options_.failures_allowed || cookie != -EIO) {
    complain(fmt::format("a request was not taken: {} ({})", aoe_error(), cookie));
  }
  if (request.kind != Kind::read && request.kind != Kind::flush) model_.write_failed(request.version, request.range);
  request.busy = false;
  --busy_;
  return false;
}

std::int64_t Hammer::submit(Request& request) {
  const std::uint64_t offset = byte_offset(request.range);
  const std::size_t bytes = request.range.count.bytes();
  switch (request.kind) {
    case Kind::flush: return aoe_aio_flush(disk_, on_done, &request);
    case Kind::zero:
      request.version = model_.zero_submitted(request.range);
      return aoe_aio_zero(disk_, bytes, offset, AOE_MAY_TRIM, on_done, &request);
    case Kind::read:
      request.before = model_.read_submitted(request.range);
      request.buffer.assign(bytes, 0xee);
      return aoe_aio_read(disk_, request.buffer.data(), bytes, offset, on_done, &request);
    case Kind::write:
    case Kind::fua_write:
      request.version = model_.write_submitted(request.range);
      request.buffer.resize(bytes);
      sim::stamp_all(request.buffer, request.version, {.lba = request.range.first});
      return aoe_aio_write(disk_, request.buffer.data(), bytes, offset, request.kind == Kind::fua_write ? AOE_FUA : 0,
                           on_done, &request);
  }
  return -EINVAL;
}

void Hammer::on_done(void* user, std::int64_t, int error, const char* text) {
  Request& request = *static_cast<Request*>(user);
  request.hammer->finish(request, error, text);
}

void Hammer::finish(Request& request, int error, const char* text) {
  const std::lock_guard lock(mutex_);
  AOEKIT_CHECK(request.busy);
  const Clock::time_point now = Clock::now();
  result_.longest_request = std::max(result_.longest_request, now - request.started);
  result_.longest_stall = std::max(result_.longest_stall, now - last_done_);
  last_done_ = now;
  ++result_.done;
  if (error != 0) {
    ++result_.failed;
    if (!options_.failures_allowed) complain(fmt::format("a request failed: {}", text == nullptr ? "?" : text));
    if (request.kind != Kind::read && request.kind != Kind::flush) model_.write_failed(request.version, request.range);
  } else {
    std::string wrong;
    if (request.kind == Kind::read) {
      wrong = model_.check_read(request.range, request.before, request.buffer);
    } else if (request.kind != Kind::flush) {
      wrong = model_.write_succeeded(request.version, request.range);
    }
    if (request.kind != Kind::flush) result_.bytes += request.range.count.bytes();
    if (!wrong.empty()) complain(std::move(wrong));
  }
  request.busy = false;
  --busy_;
  changed_.notify_all();
}

void Hammer::complain(std::string what) {
  fmt::print(stderr, "hammer: {}\n", what);
  if (result_.complaints.size() < kComplaintsMax) result_.complaints.push_back(std::move(what));
  if (result_.complaints.size() >= kComplaintsMax) stopping_ = true;
}

void Hammer::watch() {
  std::unique_lock lock(mutex_);
  auto next_print = begin_ + std::chrono::seconds(1);
  while (!stopping_ || busy_ > 0) {
    changed_.wait_for(lock, std::chrono::milliseconds(50));
    const auto now = Clock::now();
    if (end_wanted != 0 || now >= begin_ + seconds(options_.seconds)) stopping_ = true;
    if (busy_ > 0 && now - last_done_ > seconds(options_.hang_seconds)) {
      // The requests' memory is still the library's: there is no way to end in order.
      print_progress(now);
      fmt::print(stderr, "hammer: hangs: {} requests unfinished, none done for {:.0f} s\n", busy_,
                 options_.hang_seconds);
      std::fflush(nullptr);
      std::_Exit(1);
    }
    if (now < next_print) continue;
    next_print = now + std::chrono::seconds(1);
    lock.unlock();
    print_progress(now);
    lock.lock();
  }
}

void Hammer::print_progress(Clock::time_point now) {
  aoe_disk_status status{};
  static_cast<void>(aoe_disk_get_status(disk_, &status));
  std::string paths;
  for (std::size_t i = 0; i < status.path_count && i < AOE_PATHS_MAX; ++i) {
    const aoe_path_status& path = status.paths[i];
    paths += fmt::format(
        R"({}{{"interface": "{}", "state": "{}", "sent": {}, "retransmitted": {}, "timeouts": {}, "window": {}, )"
        R"("round_trip_us": {}}})",
        i == 0 ? "" : ", ", path.interface, state_name(path.state), path.frames_sent, path.frames_retransmitted,
        path.timeouts, path.window, path.round_trip_us);
  }
  fmt::print(R"({{"t": {:.2f}, "done": {}, "failed": {}, "state": {}, "paths": [{}]}})"
             "\n",
             std::chrono::duration<double>(now - begin_).count(), result_.done, result_.failed, status.state, paths);
  std::fflush(stdout);
}

}  // namespace aoekit::torture
