// The mailbox of jobs is a source of the loop among others.
#include "io/loop_thread.h"

#include <pthread.h>

#include <array>
#include <string>
#include <system_error>

#include "base/check.h"
#include "io/signals.h"

namespace aoekit::io {

Result<std::unique_ptr<LoopThread>> LoopThread::start(const std::string& name) {
  auto loop = EventLoop::create();
  if (!loop) return tl::unexpected(loop.error());
  auto jobs = Mailbox<Job>::create(kJobsMax);
  if (!jobs) return tl::unexpected(jobs.error());
  std::unique_ptr<LoopThread> thread(new LoopThread(std::move(*loop), std::move(*jobs)));
  const auto source =
      thread->loop_.add(thread->jobs_->fd(), Interest::read, [self = thread.get()](Ready) { self->do_jobs(); });
  if (!source) return tl::unexpected(source.error());

  const AllSignalsBlocked blocked;
  try {
    thread->thread_ = std::thread([self = thread.get()] { self->run(); });
  } catch (const std::system_error& error) {
    return fail_errno(error.code().value(), "cannot start thread {}", name);
  }
  // Only for people who look at the threads.
  static_cast<void>(::pthread_setname_np(thread->thread_.native_handle(), name.substr(0, 15).c_str()));
  return thread;
}

LoopThread::~LoopThread() {
  if (!thread_.joinable()) return;
  post_or_wait([this] { ending_ = true; });
  thread_.join();
}

void LoopThread::post_or_wait(Job job) {
  // Full is the exception, and whoever waits for an answer may wait for room as well.
  while (!jobs_->post(job)) std::this_thread::yield();
}

void LoopThread::run() {
  while (!ending_) {
    const auto count = loop_.run_once(std::nullopt);
    AOEKIT_CHECK(count.has_value());  // epoll_wait fails only if we use it wrongly
  }
}

void LoopThread::do_jobs() {
  std::array<Job, kJobsMax> jobs;
  const std::size_t count = jobs_->collect(jobs);
  for (std::size_t i = 0; i < count; ++i) jobs[i]();
}

}  // namespace aoekit::io
