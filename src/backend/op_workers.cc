// Hands operations to worker threads and collects what became of them.
#include "backend/op_workers.h"

#include <algorithm>

#include "base/check.h"

namespace aoekit::backend {

Result<std::unique_ptr<OpWorkers>> OpWorkers::create(BlockingIo& io, const Options& options) {
  auto done = io::Mailbox<Task*>::create(options.queue_depth);
  if (!done) return tl::unexpected(done.error());
  std::unique_ptr<OpWorkers> workers(new OpWorkers(io, options.queue_depth, std::move(*done)));
  auto pool = io::WorkerPool::create(
      {.threads = options.threads, .queue_capacity = options.queue_depth, .name = "aoekit-disk"});
  if (!pool) return tl::unexpected(pool.error());
  workers->pool_ = std::move(*pool);
  return workers;
}

OpWorkers::OpWorkers(BlockingIo& io, std::size_t queue_depth, std::unique_ptr<io::Mailbox<Task*>> done)
    : io_(io), tasks_(queue_depth), collected_(queue_depth), done_(std::move(done)) {
  idle_.reserve(queue_depth);
  jobs_.reserve(queue_depth);
  for (Task& task : tasks_) {
    task.owner = this;
    idle_.push_back(&task);
  }
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
