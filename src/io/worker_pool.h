// A fixed number of threads that run blocking jobs for an event loop which must not block.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/result.h"
#include "io/bounded_queue.h"

namespace aoekit::io {

// One call: run(context), on some worker. `run` must not throw; `context` stays valid until it returns.
struct Job {
  void (*run)(void* context) = nullptr;
  void* context = nullptr;
};

// Thread rules: submit() may be called by any thread but a worker that would wait for its own job. Jobs start in the
// order of submission but run side by side. Results travel back through a Mailbox. Workers block every signal.
// Allocates when created, never afterwards.
class WorkerPool {
 public:
  struct Options {
    std::size_t threads = 4;          // at least 1
    std::size_t queue_capacity = 64;  // jobs that wait for a worker, at least 1
    const char* name = "worker";      // of the threads: a literal of 15 characters at most
  };
  // An Error (EAGAIN: RLIMIT_NPROC or the cgroup's pids.max) when a thread cannot be started.
  static Result<std::unique_ptr<WorkerPool>> create(const Options& options);

  // Runs every job that was accepted, then joins the threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Accepts jobs from the front of `jobs` until the queue is full; returns how many. Never waits for a job.
  [[nodiscard]] std::size_t submit(std::span<const Job> jobs);

 private:
  explicit WorkerPool(std::size_t queue_capacity) : queue_(queue_capacity) {}
  Status start(const Options& options);
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  BoundedQueue<Job> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace aoekit::io
