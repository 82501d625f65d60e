// Worker threads that do block operations for a thread which must not block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/blocking_io.h"
#include "io/mailbox.h"
#include "io/worker_pool.h"

namespace aoekit::backend {

// When the threads are started. Those that are seldom needed cost nothing until then; where they cannot be started any
// more, submit() does the operations itself, and blocks.
enum class StartThreads : std::uint8_t { at_once, when_needed };

// All calls come from one thread. The destructor waits for what was submitted. Allocates when created, and when the
// threads are started.
class OpWorkers {
 public:
  struct Options {
    std::size_t threads = 1;
    StartThreads start = StartThreads::at_once;
    std::size_t queue_depth = 1;  // operations that may be out at once
  };
  // `io` is borrowed and outlives this.
  static Result<std::unique_ptr<OpWorkers>> create(BlockingIo& io, const Options& options);
  OpWorkers(const OpWorkers&) = delete;
  OpWorkers& operator=(const OpWorkers&) = delete;

  // REQUIRES room: at most queue_depth operations are out, these included.
  void submit(std::span<const block::BlockOp> ops);
  std::size_t collect(std::span<block::BlockCompletion> out);
  // Operations submitted and not collected yet.
  std::size_t outstanding() const { return tasks_.size() - idle_.size(); }
  // Readable while collect() has something.
  int fd() const { return done_->fd(); }

 private:
  struct Task {
    OpWorkers* owner = nullptr;
    block::BlockOp op;
    block::BlockStatus status = block::BlockStatus::ok;
  };
  OpWorkers(BlockingIo& io, const Options& options, std::unique_ptr<io::Mailbox<Task*>> done);
  Status start_threads();
  static void run(void* task);

  BlockingIo& io_;
  Options options_;
  std::vector<Task> tasks_;
  std::vector<Task*> idle_;
  std::vector<io::Job> jobs_;      // of one submit()
  std::vector<Task*> collected_;  // by one collect()
  std::unique_ptr<io::Mailbox<Task*>> done_;
  std::unique_ptr<io::WorkerPool> pool_;  // last: its threads end before what they use goes
};

}  // namespace aoekit::backend
