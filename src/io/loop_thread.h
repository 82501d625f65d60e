// A thread with an event loop that does what other threads ask of it, between the events of its own sources.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "io/event_loop.h"
#include "io/mailbox.h"

namespace aoekit::io {

// Thread rules: post() and call() may be called by any thread but the loop's own; loop() is for jobs that run on it. Jobs
// of one thread run in order. The thread blocks every signal.
class LoopThread {
 public:
  using Job = std::function<void()>;
  static constexpr std::size_t kJobsMax = 64;  // that wait

  // `name`: of the thread, cut to 15 characters. An Error when there is no thread or descriptor to be had.
  static Result<std::unique_ptr<LoopThread>> start(const std::string& name);

  // Does the jobs that were accepted, then ends the thread. Sources must be gone from the loop, or never be ready again.
  ~LoopThread();
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  // Has the thread do `job`, soon; false (and no job) when kJobsMax wait already.
  [[nodiscard]] bool post(Job job) { return jobs_->post(std::move(job)); }

  // Waits until the thread has done `job`, and returns what it returns. Waits, too, for room among the jobs.
  template <class F>
  std::invoke_result_t<F&> call(F&& job) {
    // Shared: the thread may still be at it when its result has arrived here.
    const auto promise = std::make_shared<std::promise<std::invoke_result_t<F&>>>();
    auto done = promise->get_future();
    post_or_wait([&job, promise] {
      if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
        job();
        promise->set_value();
      } else {
        promise->set_value(job());
      }
    });
    return done.get();
  }

  // The loop; for jobs.
  EventLoop& loop() { return loop_; }

 private:
  LoopThread(EventLoop loop, std::unique_ptr<Mailbox<Job>> jobs) : loop_(std::move(loop)), jobs_(std::move(jobs)) {}
  void post_or_wait(Job job);
  void run();
  void do_jobs();

  EventLoop loop_;
  std::unique_ptr<Mailbox<Job>> jobs_;
  bool ending_ = false;  // the loop's thread's
  std::thread thread_;
};

}  // namespace aoekit::io
