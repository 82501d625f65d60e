// Hands operations to worker threads and collects what became of them.
#include "backend/op_workers.h"

#include <algorithm>

#include "base/check.h"

namespace aoekit::backend {

Result<std::unique_ptr<OpWorkers>> OpWorkers::create(BlockingIo& io, const Options& options) {
  auto done = io::Mailbox<Task*>::create(options.queue_depth);
  if (!done) return tl::unexpected(done.error());
  std::unique_ptr<OpWorkers> workers(new OpWorkers(io, options, std::move(*done)));
  if (options.start == StartThreads::at_once) {
    if (const Status started = workers->start_threads(); !started) return tl::unexpected(started.error());
  }
  return workers;
}

OpWorkers::OpWorkers(BlockingIo& io, const Options& options, std::unique_ptr<io::Mailbox<Task*>> done)
    : io_(io),
      options_(options),
      tasks_(options.queue_depth),
      collected_(options.queue_depth),
      done_(std::move(done)) {
  idle_.reserve(options.queue_depth);
  jobs_.reserve(options.queue_depth);
  for (Task& task : tasks_) {
    task.owner = this;
    idle_.push_back(&task);
  }
}

Status OpWorkers::start_threads() {
  auto pool = io::WorkerPool::create(
      {.threads = options_.threads, .queue_capacity = options_.queue_depth, .name = "aoekit-disk"});
  if (!pool) return tl::unexpected(pool.error());
  pool_ = std::move(*pool);
  return {};
}

void OpWorkers::submit(std::span<const block::BlockOp> ops) {
  AOEKIT_CHECK(ops.size() <= idle_.size());
  jobs_.clear();
  for (const block::BlockOp& op : ops) {
    Task* task = idle_.back();
    idle_.pop_back();
    task->op = op;
    jobs_.push_back({.run = &OpWorkers::run, .context = task});
  }
  if (!pool_ && !start_threads()) {
    for (const io::Job& job : jobs_) job.run(job.context);
    return;
  }
  // The pool's queue is as long as there are tasks.
  AOEKIT_CHECK(pool_->submit(jobs_) == jobs_.size());
}

void OpWorkers::run(void* context) {
  Task* task = static_cast<Task*>(context);
  OpWorkers& owner = *task->owner;
  task->status = owner.io_.perform(task->op);
  AOEKIT_CHECK(owner.done_->post(task));  // the mailbox holds as many as there are tasks
}

std::size_t OpWorkers::collect(std::span<block::BlockCompletion> out) {
  const std::size_t room = std::min(out.size(), collected_.size());
  const std::size_t count = done_->collect(std::span(collected_).first(room));
  for (std::size_t i = 0; i < count; ++i) {
    Task* task = collected_[i];
    out[i] = {.cookie = task->op.cookie, .status = task->status};
    idle_.push_back(task);
  }
  return count;
}

}  // namespace aoekit::backend
