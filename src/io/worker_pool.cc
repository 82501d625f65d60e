// Worker threads over a bounded queue.
#include "io/worker_pool.h"

#include <pthread.h>

#include <system_error>

#include "base/check.h"
#include "io/signals.h"

namespace aoekit::io {
Result<std::unique_ptr<WorkerPool>> WorkerPool::create(const Options& options) {
  AOEKIT_CHECK(options.threads > 0);
  std::unique_ptr<WorkerPool> pool(new WorkerPool(options.queue_capacity));
  if (Status started = pool->start(options); !started) return tl::unexpected(started.error());
  return pool;
}

Status WorkerPool::start(const Options& options) {
  const AllSignalsBlocked blocked;
  threads_.reserve(options.threads);
  for (std::size_t i = 0; i < options.threads; ++i) {
    try {
      threads_.emplace_back([this, name = options.name] {
        // The kernel keeps 15 characters; a longer name is an ERANGE and our mistake.
        AOEKIT_CHECK(::pthread_setname_np(::pthread_self(), name) == 0);
        work();
      });
    } catch (const std::system_error& error) {
      return fail_errno(error.code().value(), "cannot start worker thread {} of {}", i + 1, options.threads);
    }
  }
  return {};
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::size_t WorkerPool::submit(std::span<const Job> jobs) {
  std::size_t accepted = 0;
  {
    const std::lock_guard lock(mutex_);
    for (; accepted < jobs.size() && !queue_.full(); ++accepted) queue_.push(jobs[accepted]);
  }
  if (accepted == 1) {
    wake_.notify_one();
  } else if (accepted > 1) {
    wake_.notify_all();
  }
  return accepted;
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;  // stopping, and everything accepted was taken
    const Job job = queue_.pop();
    lock.unlock();
    job.run(job.context);
    lock.lock();
  }
}

}  // namespace aoekit::io
