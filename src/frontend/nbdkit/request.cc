// Waiting for a request's end.
#include "frontend/nbdkit/request.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace aoekit::nbd {
namespace {

// All requests that the client takes are unfinished only when hundreds of connections are busy.
constexpr auto kRoomSoon = std::chrono::milliseconds(1);

class Waiter {
 public:
  static void finished(void* user, std::int64_t, int error, const char* text) {
    auto& waiter = *static_cast<Waiter*>(user);
    const std::lock_guard lock(waiter.mutex_);
    if (error != 0) waiter.outcome_ = {-error, text == nullptr ? "" : text};
    waiter.over_ = true;
    // With the lock held: afterwards the waiter may be gone.
    waiter.changed_.notify_one();
  }

  bool is_over() {
    const std::lock_guard lock(mutex_);
    return over_;
  }
  Outcome wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return over_; });
    return std::move(outcome_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  Outcome outcome_;
};

}  // namespace

Outcome run_request(const StartFunction& start, const PollFunction& poll) {
  Waiter waiter;
  std::int64_t started = start(&Waiter::finished, &waiter);
  while (started == -EAGAIN) {
    std::this_thread::sleep_for(kRoomSoon);
    started = start(&Waiter::finished, &waiter);
  }
  if (started < 0) return {static_cast<int>(-started), aoe_error()};
  while (!waiter.is_over() && poll()) continue;
  return waiter.wait();
}

}  // namespace aoekit::nbd
