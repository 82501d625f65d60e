// Worker threads that do block operations, of any number of disks, for a thread which must not block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "backend/open_disk.h"
#include "io/bounded_queue.h"
#include "io/mailbox.h"
#include "io/worker_pool.h"

namespace aoekit::backend {

// When the threads are started. Those that are seldom needed cost nothing until then; where they cannot be started any
// more, submit() does the operations itself, and blocks.
enum class StartThreads : std::uint8_t { at_once, when_needed };

struct WorkerTask {
  OpenDisk* disk = nullptr;
  block::BlockOp op;
  block::BlockStatus status = block::BlockStatus::ok;
  WorkerTask* next = nullptr;  // in its disk's line
};

// All calls come from one thread. Operations of one disk start in their order; disks take turns. The destructor waits
// for what was submitted. Allocates when created, and when the threads are started.
class OpWorkers {
 public:
  struct Options {
    std::size_t threads = 1;
    std::size_t threads_a_disk = 0;  // where there are several: so many at most; 0: half of them
    StartThreads start = StartThreads::at_once;
    std::size_t queue_depth = 1;  // operations that may be out at once
  };
  static Result<std::unique_ptr<OpWorkers>> create(const Options& options);
  OpWorkers(const OpWorkers&) = delete;
  OpWorkers& operator=(const OpWorkers&) = delete;

  // With more than one disk, none may keep more threads busy than Options::threads_a_disk says.
  void set_disk_count(std::size_t disks);

  // The disk outlives its operations. REQUIRES room: at most queue_depth operations are out, these included.
  void submit(OpenDisk& disk, std::span<const block::BlockOp> ops);
  // Each takes one off its disk's in_flight.
  std::size_t collect(std::span<block::BlockCompletion> out);
  // Operations submitted and not collected yet.
  std::size_t outstanding() const { return tasks_.size() - idle_.size(); }
  // Readable while collect() has something.
  int fd() const { return done_->fd(); }

 private:
  OpWorkers(const Options& options, std::unique_ptr<io::Mailbox<WorkerTask*>> done);
  Status start_threads();
  static void work(void* self);
  void put_in_line(WorkerTask& task);
  void list_if_due(OpenDisk& disk);
  WorkerTask* take_next();

  Options options_;
  std::vector<WorkerTask> tasks_;
  std::vector<WorkerTask*> idle_;
  std::vector<io::Job> jobs_;           // of one submit()
  std::vector<WorkerTask*> collected_;  // by one collect()
  std::unique_ptr<io::Mailbox<WorkerTask*>> done_;

  std::mutex mutex_;  // of what follows, and of every disk's line
  io::BoundedQueue<OpenDisk*> due_;  // disks with a task that a worker may start, whose turn comes first in front
  std::size_t threads_a_disk_;

  std::unique_ptr<io::WorkerPool> pool_;  // last: its threads end before what they use goes
};

}  // namespace aoekit::backend
